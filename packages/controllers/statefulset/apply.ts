import { type ControllerRevision, Pod, type StatefulSet } from "@wherry/api";
import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import { messageOf } from "../pods/pod-control.ts";
import { templateOf } from "../revisions/revision.ts";
import { ensureClaims, keepClaimOwners } from "./claims.ts";
import { podFor, podName } from "./identity.ts";
import type { StatefulAction } from "./plan.ts";

/** Does it, and tells about it in the set's events. Throws when it failed. Source: stateful_pod_control.go. */
export async function applyAction(
  ctx: ControllerContext,
  set: StatefulSet,
  action: StatefulAction,
  revisions: readonly ControllerRevision[],
): Promise<void> {
  if (action.do === "create") await createPod(ctx, set, action, revisions);
  else await deletePod(ctx, set, action);
}

async function createPod(
  ctx: ControllerContext,
  set: StatefulSet,
  { ordinal, revision }: Extract<StatefulAction, { do: "create" }>,
  revisions: readonly ControllerRevision[],
): Promise<void> {
  await ensureClaims(ctx, set, ordinal);
  await keepClaimOwners(ctx, set, ordinal);
  const kept = revisions.find(({ metadata }) => metadata.name === revision);
  const template = (kept && templateOf(kept)) ?? set.spec.template;
  await told(ctx, set, "create", ordinal, async () => {
    ctx.wrote(Pod, await ctx.client.create(Pod, podFor(set, ordinal, template, revision)));
  });
}

async function deletePod(ctx: ControllerContext, set: StatefulSet, action: Extract<StatefulAction, { do: "delete" }>): Promise<void> {
  const { pod, ordinal, why } = action;
  const { name, namespace, uid } = pod.metadata;
  if (why === "condemned") await keepClaimOwners(ctx, set, ordinal, pod);
  if (why === "ended") {
    const [type, reason] =
      pod.status?.phase === "Failed" ? (["Warning", "RecreatingFailedPod"] as const) : (["Normal", "RecreatingTerminatedPod"] as const);
    const state = pod.status?.phase === "Failed" ? "failed" : "terminated";
    ctx.events.event(set, type, reason, `StatefulSet ${namespace}/${set.metadata.name} is recreating ${state} Pod ${name}`);
  }
  await told(ctx, set, "delete", ordinal, async () => {
    try {
      const deleted = await ctx.client.delete(Pod, { name, ...(namespace && { namespace }) }, { preconditions: { uid } });
      ctx.wrote(Pod, deleted);
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  });
}

async function told(
  ctx: ControllerContext,
  set: StatefulSet,
  verb: "create" | "delete",
  ordinal: number,
  call: () => Promise<void>,
): Promise<void> {
  const what = `${verb} Pod ${podName(set, ordinal)} in StatefulSet ${set.metadata.name}`;
  const reason = verb === "create" ? "Create" : "Delete";
  try {
    await call();
    ctx.events.event(set, "Normal", `Successful${reason}`, `${what} successful`);
  } catch (error) {
    ctx.events.event(set, "Warning", `Failed${reason}`, `${what} failed error: ${messageOf(error)}`);
    throw error;
  }
}
