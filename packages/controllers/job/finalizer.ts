import { Pod } from "@wherry/api";
import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import { withoutFinalizer } from "../ownership/claim.ts";
import { isTracked, TRACKING_FINALIZER } from "./tracked-pod.ts";

/** Lets a pod go. No error when it went already, or was replaced. */
export async function untrack(ctx: ControllerContext, pod: Pod): Promise<void> {
  if (!isTracked(pod)) return;
  const { name, namespace, uid } = pod.metadata;
  const body = { metadata: { uid, ...withoutFinalizer(TRACKING_FINALIZER) } };
  try {
    ctx.wrote(Pod, await ctx.client.patch(Pod, { name, ...(namespace && { namespace }) }, { type: "strategic", body }));
  } catch (error) {
    if (!hasReason(error, "NotFound") && !hasReason(error, "Invalid")) throw error;
  }
}
