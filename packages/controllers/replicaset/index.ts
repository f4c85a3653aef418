import { isPodActive, Pod, ReplicaSet } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { controllerOf, deepEqual, keyOf, labelSelectorFrom, splitKey } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";
import { claim } from "../ownership/apply-claim.ts";
import { BY_CONTROLLER, ownershipIndexes } from "../ownership/indexes.ts";
import { podFromTemplate } from "../pods/from-template.ts";
import { createPod, deletePod, messageOf } from "../pods/pod-control.ts";
import { slowStart } from "../pods/slow-start.ts";
import { nextAvailable } from "../pods/state.ts";
import { planReplicaSet } from "./plan.ts";
import { type ReplicaFailure, replicaSetStatus } from "./status.ts";

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
  const wait = nextAvailable(pods, rs.spec.minReadySeconds ?? 0, ctx.clock.now());
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
      ? await slowStart(plan.create, () => createPod(ctx, rs, podFromTemplate(rs, rs.spec.template)))
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

function relatedPods(ctx: ControllerContext, rs: ReplicaSet): Pod[] {
  const owner = controllerOf(rs)?.uid;
  const siblings = owner ? ctx.lister(ReplicaSet).byIndex(BY_CONTROLLER, owner) : [rs];
  return siblings.flatMap((s) => ctx.lister(Pod).byIndex(BY_CONTROLLER, s.metadata.uid)).filter(isPodActive);
}

async function writeStatus(ctx: ControllerContext, rs: ReplicaSet, pods: readonly Pod[], failure?: ReplicaFailure): Promise<void> {
  const status = replicaSetStatus(rs, pods, failure, ctx.clock.now());
  if (deepEqual(status, rs.status)) return;
  ctx.wrote(ReplicaSet, await ctx.client.update(ReplicaSet, { ...rs, status }, { subresource: "status" }));
}
