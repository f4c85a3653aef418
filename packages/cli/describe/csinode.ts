import type { CSINode } from "@wherry/api";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels } from "./metadata.ts";
import type { Surroundings } from "./surroundings.ts";
import { longTime } from "./time.ts";

/** The storage drivers of a node. Source: kubectl pkg/describe/describe.go, `describeCSINode`. */
export async function describe(d: Description, node: CSINode, around: Surroundings): Promise<void> {
  d.line(0, "Name:", node.metadata.name);
  addLabels(d, node);
  d.line(0, "CreationTimestamp:", longTime(node.metadata.creationTimestamp));
  d.line(0, "Spec:");
  if (node.spec.drivers) d.line(1, "Drivers:");
  for (const { name, nodeID, allocatable, topologyKeys } of node.spec.drivers ?? []) {
    d.line(2, `${name}:`);
    d.line(3, "Node ID:", nodeID);
    if (allocatable?.count !== undefined) {
      d.line(3, "Allocatables:");
      d.line(4, "Count:", String(allocatable.count));
    }
    if (topologyKeys) d.line(3, "Topology Keys:", `[${topologyKeys.join(" ")}]`);
  }
  await addEvents(d, node, around);
}
