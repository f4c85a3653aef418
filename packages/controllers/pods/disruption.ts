import { Pod } from "@wherry/api";
import { hasReason, rfc3339 } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";

/** Why a pod is taken away. */
export interface Disruption {
  reason: "DeletionByTaintManager" | "DeletionByPodGC";
  message: string;
}

/**
 * Deletes a pod that something other than its owner takes away, after noting the reason in its DisruptionTarget condition. `fail` also ends it, for a pod
 * that nobody else can end; it then goes without grace. No error when it went already.
 */
export async function disrupt(ctx: ControllerContext, pod: Pod, why: Disruption, { fail }: { fail: boolean }): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const target = { name, ...(namespace && { namespace }) };
  const condition = { type: "DisruptionTarget", status: "True", lastTransitionTime: rfc3339(ctx.clock.now()), ...why };
  const terminal = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  const status = { conditions: [condition], ...(fail && !terminal && { phase: "Failed" }) };
  try {
    const patch = { type: "strategic", body: { metadata: { uid }, status } } as const;
    if (!terminal) ctx.wrote(Pod, await ctx.client.patch(Pod, target, patch, { subresource: "status" }));
    const options = { preconditions: { uid }, ...(fail && { gracePeriodSeconds: 0 }) };
    ctx.wrote(Pod, await ctx.client.delete(Pod, target, options));
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
