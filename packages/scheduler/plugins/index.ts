import type { Plugin } from "../framework/plugin.ts";
import type { PluginContext } from "../framework/plugin-context.ts";
import { balancedAllocation } from "./balanced-allocation/index.ts";
import { defaultBinder } from "./default-binder/index.ts";
import { defaultPreemption } from "./default-preemption/index.ts";
import { imageLocality } from "./image-locality/index.ts";
import { interPodAffinity } from "./inter-pod-affinity/index.ts";
import { nodeAffinity } from "./node-affinity/index.ts";
import { nodeName } from "./node-name/index.ts";
import { nodePorts } from "./node-ports/index.ts";
import { nodeResourcesFit } from "./node-resources-fit/index.ts";
import { nodeUnschedulable } from "./node-unschedulable/index.ts";
import { podTopologySpread } from "./pod-topology-spread/index.ts";
import { taintToleration } from "./taint-toleration/index.ts";
import { volumeBinding } from "./volume-binding/index.ts";
import { volumeRestrictions } from "./volume-restrictions/index.ts";

/** Makes a scheduler's plugins. */
export type PluginFactory = (context: PluginContext) => readonly Plugin[];

/** kube-scheduler's default profile, in its order: the first refusal of a node is the one that is told. */
export const defaultPlugins: PluginFactory = (context) => [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  volumeRestrictions(context),
  volumeBinding(context),
  podTopologySpread(context),
  interPodAffinity(context),
  defaultPreemption(context),
  balancedAllocation,
  imageLocality(context),
  defaultBinder(context.client),
];
