import { isPodActive, Pod, ReplicaSet } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { controllerOf, deepEqual, keyOf, labelSelectorFrom, splitKey } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";
import { claim } from "../ownership/apply-claim.ts";
import { BY_CONTROLLER, ownershipIndexes } from "../ownership/indexes.ts";
import { planReplicaSet, podFromTemplate } from "./plan.ts";
import { slowStart } from "./slow-start.ts";
import { nextAvailable, type ReplicaFailure, replicaSetStatus } from "./status.ts";

/** Keeps the wanted number of pods of every ReplicaSet. Source: pkg/controller/replicaset. */
export function replicaSetController(): Controller {
  return {
    name: "replicaset-controller",
    eventSource: "replicaset-controller",
    workers: 5,
    watches: [
      watchOf({ kind: ReplicaSet, indexes: ownershipIndexes, wakes: (rs) => [keyOf(rs)] }),
      watchOf({
        kind: Pod,
        indexes: ownershipIndexes,
        wakes: (pod, { previous }, ctx) => [...wokenBy(pod, ctx), ...wokenBy(previous, ctx)],
      }),
    ],
    reconcile,
  };
}

/** The controller of the pod, or else all that might adopt it. */
function wokenBy(pod: Pod | undefined, ctx: ControllerContext): string[] {
  if (!pod) return [];
  const { namespace, labels } = pod.metadata;
  const owner = controllerOf(pod);
  if (owner) return owner.kind === ReplicaSet.kind ? [`${namespace}/${owner.name}`] : [];
  const selects = (rs: ReplicaSet) => labelSelectorFrom(rs.spec.selector).matches(labels);
  return labels ? ctx.lister(ReplicaSet).list(namespace).filter(selects).map(keyOf) : [];
}

async function reconcile(key: string, ctx: ControllerContext): Promise<{ requeueAfterMs: number } | void> {
  const { name, namespace } = splitKey(key);
  const rs = ctx.lister(ReplicaSet).get(name, namespace);
  if (!rs) return;
  const selector = labelSelectorFrom(rs.spec.selector);
  const pods = await claim(ctx, { ownerKind: ReplicaSet, owner: rs, kind: Pod, selector, only: isPodActive });
  const result = await manage(ctx, rs, pods);
  // After pods were made or deleted the watch wakes this key again: the status is written once, from what is then there.
  if (result.changed && !result.failure) return;
  await writeStatus(ctx, rs, pods, result.failure);
  if (result.error) throw result.error;
  const wait = nextAvailable(rs, pods, ctx.clock.now());
  return wait === undefined ? undefined : { requeueAfterMs: wait };
}

interface Managed {
  changed: boolean;
  failure?: ReplicaFailure;
  error?: unknown;
}

async function manage(ctx: ControllerContext, rs: ReplicaSet, pods: readonly Pod[]): Promise<Managed> {
  const plan = planReplicaSet({ rs, pods, related: () => relatedPods(ctx, rs) }, ctx.clock.now());
  const { done, errors } =
    plan.create > 0
      ? await slowStart(plan.create, () => createPod(ctx, rs))
      : settled(await Promise.allSettled(plan.delete.map((pod) => deletePod(ctx, rs, pod))));
  const error = errors.find((e) => !isNamespaceTerminating(e));
  if (error === undefined) return { changed: done > 0 };
  const reason = plan.create > 0 ? "FailedCreate" : "FailedDelete";
  return { changed: done > 0, error, failure: { reason, message: messageOf(error) } };
}

const settled = (results: PromiseSettledResult<void>[]) => ({
  done: results.filter((r) => r.status === "fulfilled").length,
  errors: results.filter((r) => r.status === "rejected").map((r) => r.reason as unknown),
});

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function relatedPods(ctx: ControllerContext, rs: ReplicaSet): Pod[] {
  const owner = controllerOf(rs)?.uid;
  const siblings = owner ? ctx.lister(ReplicaSet).byIndex(BY_CONTROLLER, owner) : [rs];
  return siblings.flatMap((s) => ctx.lister(Pod).byIndex(BY_CONTROLLER, s.metadata.uid)).filter(isPodActive);
}

async function createPod(ctx: ControllerContext, rs: ReplicaSet): Promise<void> {
  try {
    const pod = await ctx.client.create(Pod, podFromTemplate(rs));
    ctx.wrote(Pod, pod);
    ctx.events.event(rs, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
  } catch (error) {
    if (!isNamespaceTerminating(error)) ctx.events.event(rs, "Warning", "FailedCreate", `Error creating: ${messageOf(error)}`);
    throw error;
  }
}

async function deletePod(ctx: ControllerContext, rs: ReplicaSet, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  try {
    const deleted = await ctx.client.delete(Pod, { name, ...(namespace && { namespace }) }, { preconditions: { uid } });
    ctx.wrote(Pod, deleted);
    ctx.events.event(rs, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
  } catch (error) {
    if (hasReason(error, "NotFound")) return;
    ctx.events.event(rs, "Warning", "FailedDelete", `Error deleting: ${messageOf(error)}`);
    throw error;
  }
}

async function writeStatus(ctx: ControllerContext, rs: ReplicaSet, pods: readonly Pod[], failure?: ReplicaFailure): Promise<void> {
  const status = replicaSetStatus(rs, pods, failure, ctx.clock.now());
  if (deepEqual(status, rs.status)) return;
  ctx.wrote(ReplicaSet, await ctx.client.update(ReplicaSet, { ...rs, status }, { subresource: "status" }));
}
