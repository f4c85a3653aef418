import type { Client } from "@wherry/client";
import type { Plugin } from "../framework/plugin.ts";
import { balancedAllocation } from "./balanced-allocation/index.ts";
import { defaultBinder } from "./default-binder/index.ts";
import { nodeAffinity } from "./node-affinity/index.ts";
import { nodeName } from "./node-name/index.ts";
import { nodePorts } from "./node-ports/index.ts";
import { nodeResourcesFit } from "./node-resources-fit/index.ts";
import { nodeUnschedulable } from "./node-unschedulable/index.ts";
import { taintToleration } from "./taint-toleration/index.ts";

/** The rules of kube-scheduler's default profile that are built, in its order: the first refusal of a node is the one that is told. */
export const rules: readonly Plugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  balancedAllocation,
];

export function defaultPlugins(client: Client): readonly Plugin[] {
  return [...rules, defaultBinder(client)];
}
