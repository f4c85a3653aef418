import type { Pod } from "@wherry/api";

/** Files a pod under the node that it is bound to. */
export const BY_NODE = "nodeName";

export const podsByNode = { [BY_NODE]: (pod: Pod): readonly string[] => (pod.spec.nodeName ? [pod.spec.nodeName] : []) };
