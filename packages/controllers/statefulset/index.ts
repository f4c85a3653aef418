import { ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { controllerOf, deepEqual, keyOf, labelSelectorFrom, splitKey } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";
import { claim } from "../ownership/apply-claim.ts";
import { ownershipIndexes } from "../ownership/indexes.ts";
import { nextAvailable } from "../pods/state.ts";
import { cutHistory, type History, keepHistory } from "../revisions/history.ts";
import { HASH_LABEL } from "../revisions/revision.ts";
import { applyAction } from "./apply.ts";
import { keepClaimOwners } from "./claims.ts";
import { missingLabels, ordinalOf } from "./identity.ts";
import { planStatefulSet } from "./plan.ts";
import { revisionOf, rosterOf, type StatefulSnapshot } from "./snapshot.ts";
import { statefulSetStatus } from "./status.ts";

const DEFAULT_HISTORY = 10;

/** Keeps the numbered pods of every StatefulSet, and their claims. Source: pkg/controller/statefulset. */
export function statefulSetController(): Controller {
  return {
    name: "statefulset-controller",
    eventSource: "statefulset-controller",
    workers: 5,
    watches: [
      watchOf({ kind: StatefulSet, wakes: (set) => [keyOf(set)] }),
      watchOf({ kind: ControllerRevision, indexes: ownershipIndexes, wakes: (revision) => ownerKey(revision) }),
      watchOf({ kind: PersistentVolumeClaim }),
      watchOf({
        kind: Pod,
        indexes: ownershipIndexes,
        wakes: (pod, { previous }, ctx) => [...wokenBy(pod, ctx), ...wokenBy(previous, ctx)],
      }),
    ],
    reconcile,
  };
}

function ownerKey(o: Pod | ControllerRevision): string[] {
  const owner = controllerOf(o);
  return owner?.kind === StatefulSet.kind ? [`${o.metadata.namespace}/${owner.name}`] : [];
}

/** The StatefulSet of the pod, or else all that might adopt it. */
function wokenBy(pod: Pod | undefined, ctx: ControllerContext): string[] {
  if (!pod) return [];
  const { namespace, labels } = pod.metadata;
  if (controllerOf(pod)) return ownerKey(pod);
  const selects = (set: StatefulSet) => labelSelectorFrom(set.spec.selector).matches(labels) && ordinalOf(set, pod) !== undefined;
  return labels ? ctx.lister(StatefulSet).list(namespace).filter(selects).map(keyOf) : [];
}

async function reconcile(key: string, ctx: ControllerContext): Promise<{ requeueAfterMs: number } | void> {
  const { name, namespace } = splitKey(key);
  const set = ctx.lister(StatefulSet).get(name, namespace);
  if (!set || set.metadata.deletionTimestamp) return;
  const selector = labelSelectorFrom(set.spec.selector);
  const history = await keepHistory(ctx, {
    ...{ kind: StatefulSet, owner: set, selector, template: set.spec.template, hashLabel: HASH_LABEL },
    collisions: set.status?.collisionCount ?? 0,
  });
  const only = (pod: Pod) => ordinalOf(set, pod) !== undefined;
  const pods = await claim(ctx, { ownerKind: StatefulSet, owner: set, kind: Pod, selector, only });
  const snapshot: StatefulSnapshot = { set, pods, ...revisionsOf(set, history), now: ctx.clock.now() };
  const error = await bringForward(ctx, snapshot, history);
  const live = new Set([...pods.map(revisionOf), snapshot.current, snapshot.update].filter((revision) => revision !== undefined));
  await cutHistory(ctx, history.others, live, set.spec.revisionHistoryLimit ?? DEFAULT_HISTORY);
  const status = statefulSetStatus(snapshot, history.collisions);
  if (!deepEqual(status, set.status))
    ctx.wrote(StatefulSet, await ctx.client.update(StatefulSet, { ...set, status }, { subresource: "status" }));
  if (error && !isNamespaceTerminating(error)) throw error;
  const wait = nextAvailable(pods, set.spec.minReadySeconds ?? 0, snapshot.now);
  return wait === undefined ? undefined : { requeueAfterMs: wait };
}

/** Where a rollout comes from and goes to. Source: stateful_set_control.go getStatefulSetRevisions. */
function revisionsOf({ status }: StatefulSet, { current, others }: History): Pick<StatefulSnapshot, "current" | "update"> {
  const update = current.metadata.name;
  const known = others.some(({ metadata }) => metadata.name === status?.currentRevision);
  return { current: known ? status!.currentRevision! : update, update };
}

/** Gives the first failure; the rest is done all the same. */
async function bringForward(ctx: ControllerContext, snapshot: StatefulSnapshot, { current, others }: History): Promise<unknown> {
  const { set } = snapshot;
  try {
    await keepIdentities(ctx, snapshot);
  } catch (error) {
    return error;
  }
  const actions = planStatefulSet(snapshot);
  const results = await Promise.allSettled(actions.map((action) => applyAction(ctx, set, action, [current, ...others])));
  return results.find((result) => result.status === "rejected")?.reason;
}

/** Adopted pods get the labels of their ordinal, and claims the owners that the policy says. */
async function keepIdentities(ctx: ControllerContext, snapshot: StatefulSnapshot): Promise<void> {
  const { set } = snapshot;
  for (const { ordinal, pod } of rosterOf(snapshot).replicas) {
    if (!pod || pod.metadata.deletionTimestamp) continue;
    await keepClaimOwners(ctx, set, ordinal);
    const labels = missingLabels(set, ordinal, pod);
    if (!labels) continue;
    const { name, namespace, uid } = pod.metadata;
    const body = { metadata: { labels, uid } };
    ctx.wrote(Pod, await ctx.client.patch(Pod, { name, ...(namespace && { namespace }) }, { type: "strategic", body }));
  }
}
