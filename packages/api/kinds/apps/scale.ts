import type { Subresource } from "@wherry/machinery";

/** How an object of this group is seen as a Scale. */
export const scale: Subresource = {
  type: "scale",
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: ".spec.selector",
};
