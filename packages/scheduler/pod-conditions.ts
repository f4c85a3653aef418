import { Pod, type PodCondition } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { Client } from "@wherry/client";

/** Why a pod has no node. */
export interface WhyPending {
  reason: "Unschedulable" | "SchedulerError";
  message: string;
  /** The node on which room is made for it. */
  nominated?: string | undefined;
}

/** The pod's PodScheduled condition, if it says that there is no node. */
export function whyPending(pod: Pod): Partial<PodCondition> | undefined {
  return pod.status?.conditions?.find((c) => c.type === "PodScheduled" && c.status === "False");
}

/** Writes why the pod has no node into its PodScheduled condition, and the node on which room is made for it: empty for none. */
export async function tellWhyPending(client: Client, pod: Pod, { reason, message, nominated }: WhyPending, now: number): Promise<void> {
  const since = whyPending(pod)?.lastTransitionTime ?? rfc3339(now);
  const condition = { type: "PodScheduled", status: "False", reason, message, lastProbeTime: null, lastTransitionTime: since };
  const { name, namespace, uid } = pod.metadata;
  await client.patch(
    Pod,
    { name, ...(namespace && { namespace }) },
    { type: "strategic", body: { metadata: { uid }, status: { conditions: [condition], nominatedNodeName: nominated ?? null } } },
    { subresource: "status" },
  );
}
