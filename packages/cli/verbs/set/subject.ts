import type { ApiObject } from "@wherry/machinery";
import { deepEqual } from "@wherry/machinery/deep-equal.ts";
import { UsageError } from "../../errors.ts";
import type { Verb } from "../../verb.ts";
import { declareSubjects, type SubjectOptions, subjectsOf } from "../create/rbac-binding.ts";
import { changeAll, type SetOptions, setFlags } from "./change.ts";

type Options = Omit<SetOptions, "user"> & SubjectOptions;

/** `wherry set subject`. */
export const subject: Verb = {
  description: "add users, groups and service accounts to a role binding",
  words: "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]",
  client: true,
  completes: "objects",
  flags(command) {
    setFlags(command);
    declareSubjects(command);
  },
  run: (words, options: Options, { write }) => {
    const added = subjectsOf(options);
    if (!added.length) throw new UsageError("you must specify at least one value of user, group or serviceaccount");
    const apply = (object: ApiObject) => {
      const binding = object as ApiObject & { subjects?: object[] };
      if (!/^(Cluster)?RoleBinding$/.test(object.kind))
        throw new UsageError("setting subjects is only supported for RoleBinding/ClusterRoleBinding");
      const present = binding.subjects ?? [];
      binding.subjects = [...present, ...added.filter((one) => !present.some((other) => deepEqual(one, other)))];
    };
    return changeAll(
      words,
      { ...options, user: undefined },
      { done: "subjects updated", failed: "failed to patch subjects to rolebinding: ", apply },
      write,
    );
  },
};
