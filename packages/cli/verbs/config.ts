import type { Verb } from "../verb.ts";
import { currentContext, deleteEntry, renameContext, useContext } from "./config/contexts.ts";
import { getClusters, getContexts, getUsers } from "./config/lists.ts";
import { set, setCluster, setContext, setCredentials, unset } from "./config/set.ts";
import { view } from "./config/view.ts";

/** `wherry config`. */
export const verb: Verb = {
  description: "look at the kubeconfig, and change it",
  verbs: {
    "current-context": currentContext,
    "delete-cluster": deleteEntry("cluster"),
    "delete-context": deleteEntry("context"),
    "delete-user": deleteEntry("user"),
    "get-clusters": getClusters,
    "get-contexts": getContexts,
    "get-users": getUsers,
    "rename-context": renameContext,
    set,
    "set-cluster": setCluster,
    "set-context": setContext,
    "set-credentials": setCredentials,
    unset,
    "use-context": useContext,
    view,
  },
};
