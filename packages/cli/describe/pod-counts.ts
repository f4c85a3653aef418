import { type ApiObject, controllerOf } from "@wherry/machinery";
import { LOOKUP, type Surroundings } from "./surroundings.ts";

/** How many of a controller's own pods are in which phase: `1 Running / 0 Waiting / 0 Succeeded / 0 Failed`. */
export async function podCounts(owner: ApiObject, labelSelector: string, { client }: Surroundings): Promise<string> {
  const { items } = await client.list(LOOKUP.pods, { namespace: owner.metadata.namespace, labelSelector });
  const phases = items.filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid).map((pod) => pod.status?.phase);
  const count = (phase: string) => phases.filter((p) => p === phase).length;
  return `${count("Running")} Running / ${count("Pending")} Waiting / ${count("Succeeded")} Succeeded / ${count("Failed")} Failed`;
}
