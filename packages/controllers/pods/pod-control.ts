import { Pod } from "@wherry/api";
import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import type { ApiObject, NewObject } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";

/** Creates a pod of `owner`, and tells about it, or why it failed, in the owner's events. Source: controller_utils.go RealPodControl. */
export async function createPod(ctx: ControllerContext, owner: ApiObject, pod: NewObject<Pod>): Promise<void> {
  try {
    const created = await ctx.client.create(Pod, pod);
    ctx.wrote(Pod, created);
    ctx.events.event(owner, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
  } catch (error) {
    if (!isNamespaceTerminating(error)) ctx.events.event(owner, "Warning", "FailedCreate", `Error creating: ${messageOf(error)}`);
    throw error;
  }
}

/** Deletes this very pod (not a namesake) of `owner`, and tells about it in the owner's events. No error when it went already. */
export async function deletePod(ctx: ControllerContext, owner: ApiObject, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  try {
    const deleted = await ctx.client.delete(Pod, { name, ...(namespace && { namespace }) }, { preconditions: { uid } });
    ctx.wrote(Pod, deleted);
    ctx.events.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
  } catch (error) {
    if (hasReason(error, "NotFound")) return;
    ctx.events.event(owner, "Warning", "FailedDelete", `Error deleting: ${messageOf(error)}`);
    throw error;
  }
}

/** What an error says, for events and conditions. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
