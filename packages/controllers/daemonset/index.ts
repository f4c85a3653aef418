import { ControllerRevision, DaemonSet, Node, Pod } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { controllerOf, deepEqual, keyOf, labelSelectorFrom, splitKey } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";
import { claim } from "../ownership/apply-claim.ts";
import { ownershipIndexes } from "../ownership/indexes.ts";
import { createPod, deletePod } from "../pods/pod-control.ts";
import { slowStart } from "../pods/slow-start.ts";
import { nextAvailable } from "../pods/state.ts";
import { cutHistory, keepHistory } from "../revisions/history.ts";
import { REVISION_LABEL } from "../revisions/revision.ts";
import { FailedPods } from "./failed-pods.ts";
import { nodeFit } from "./node-fit.ts";
import { type DaemonPlan, planDaemonSet } from "./plan.ts";
import { podForNode, podsByTarget } from "./pod-for-node.ts";
import { type DaemonSnapshot, daemonNodes } from "./snapshot.ts";
import { daemonSetStatus } from "./status.ts";

const DEFAULT_HISTORY = 10;

/** Keeps a pod of every DaemonSet on each node that it chooses. Source: pkg/controller/daemon. */
export function daemonSetController(): Controller {
  let failures: FailedPods | undefined;
  return {
    name: "daemonset-controller",
    eventSource: "daemonset-controller",
    workers: 2,
    watches: [
      watchOf({ kind: DaemonSet, wakes: (ds) => [keyOf(ds)] }),
      watchOf({ kind: ControllerRevision, indexes: ownershipIndexes, wakes: (revision) => ownerKey(revision) }),
      watchOf({
        kind: Pod,
        indexes: ownershipIndexes,
        wakes: (pod, { previous }, ctx) => [...wokenBy(pod, ctx), ...wokenBy(previous, ctx)],
      }),
      watchOf({ kind: Node, wakes: (node, { previous, gone }, ctx) => wokenByNode(node, gone ? undefined : previous, ctx) }),
    ],
    reconcile(key, ctx) {
      failures ??= new FailedPods(ctx.clock);
      return reconcile(key, ctx, failures);
    },
  };
}

function ownerKey(o: Pod | ControllerRevision): string[] {
  const owner = controllerOf(o);
  return owner?.kind === DaemonSet.kind ? [`${o.metadata.namespace}/${owner.name}`] : [];
}

/** The DaemonSet of the pod, or else all that might adopt it. */
function wokenBy(pod: Pod | undefined, ctx: ControllerContext): string[] {
  if (!pod) return [];
  const { namespace, labels } = pod.metadata;
  if (controllerOf(pod)) return ownerKey(pod);
  const selects = (ds: DaemonSet) => labelSelectorFrom(ds.spec.selector).matches(labels);
  return labels ? ctx.lister(DaemonSet).list(namespace).filter(selects).map(keyOf) : [];
}

/** Those for which the node's change makes a difference; a heartbeat makes none. */
function wokenByNode(node: Node, previous: Node | undefined, ctx: ControllerContext): string[] {
  const unchanged =
    previous && deepEqual(previous.metadata.labels, node.metadata.labels) && deepEqual(previous.spec?.taints, node.spec?.taints);
  if (unchanged) return [];
  const all = ctx.lister(DaemonSet).list();
  return all.filter((ds) => !previous || !deepEqual(nodeFit(ds, node), nodeFit(ds, previous))).map(keyOf);
}

async function reconcile(key: string, ctx: ControllerContext, failures: FailedPods): Promise<{ requeueAfterMs: number } | void> {
  const { name, namespace } = splitKey(key);
  const ds = ctx.lister(DaemonSet).get(name, namespace);
  if (!ds) return;
  const selector = labelSelectorFrom(ds.spec.selector);
  if (selector.empty) {
    ctx.events.event(ds, "Warning", "SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required.");
    return;
  }
  if (ds.metadata.deletionTimestamp) return;
  const history = await keepHistory(ctx, {
    ...{ kind: DaemonSet, owner: ds, selector, template: ds.spec.template, hashLabel: REVISION_LABEL },
    collisions: ds.status?.collisionCount ?? 0,
  });
  const pods = await claim(ctx, { ownerKind: DaemonSet, owner: ds, kind: Pod, selector });
  const snapshot: DaemonSnapshot = {
    ...{ ds, nodes: ctx.lister(Node).list(), podsByNode: podsByTarget(pods) },
    ...{ hash: history.current.metadata.labels?.[REVISION_LABEL] ?? "", now: ctx.clock.now() },
    retryAt: (node) => failures.retryAt(`${ds.metadata.uid}/${node}`),
  };
  const nodes = daemonNodes(snapshot);
  const plan = planDaemonSet(snapshot, nodes);
  const error = await apply(ctx, snapshot, plan, failures);
  const live = new Set([history.current, ...history.others].filter((r) => isLive(r, pods)).map((r) => r.metadata.name));
  await cutHistory(ctx, history.others, live, ds.spec.revisionHistoryLimit ?? DEFAULT_HISTORY);
  const status = daemonSetStatus(snapshot, nodes, history.collisions);
  if (!deepEqual(status, ds.status)) ctx.wrote(DaemonSet, await ctx.client.update(DaemonSet, { ...ds, status }, { subresource: "status" }));
  if (error && !isNamespaceTerminating(error)) throw error;
  const waits = [plan.requeueAfterMs, nextAvailable(pods, ds.spec.minReadySeconds ?? 0, snapshot.now)].filter((ms) => ms !== undefined);
  return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined;
}

const isLive = (revision: ControllerRevision, pods: readonly Pod[]): boolean =>
  pods.some((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision.metadata.labels?.[REVISION_LABEL]);

/** Gives the first failure; what else can be done is done. */
async function apply(ctx: ControllerContext, { ds, hash }: DaemonSnapshot, plan: DaemonPlan, failures: FailedPods): Promise<unknown> {
  for (const { pod, node, failed } of plan.ended) tellEnded(ctx, ds, pod, node, failed, failures);
  const created = await slowStart(plan.create.length, (i) => createPod(ctx, ds, podForNode(ds, plan.create[i]!, hash)));
  const doomed = [...plan.delete, ...plan.ended.map(({ pod }) => pod)];
  const deleted = await Promise.allSettled(doomed.map((pod) => deletePod(ctx, ds, pod)));
  const failure = deleted.find((result) => result.status === "rejected");
  return created.errors[0] ?? failure?.reason;
}

function tellEnded(ctx: ControllerContext, ds: DaemonSet, pod: Pod, node: string, failed: boolean, failures: FailedPods): void {
  const { namespace, name } = pod.metadata;
  if (failed) {
    failures.replaced(`${ds.metadata.uid}/${node}`);
    ctx.events.event(ds, "Warning", "FailedDaemonPod", `Found failed daemon pod ${namespace}/${name} on node ${node}, will try to kill it`);
  } else {
    const message = `Found succeeded daemon pod ${namespace}/${name} on node ${node}, will try to delete it`;
    ctx.events.event(ds, "Normal", "SucceededDaemonPod", message);
  }
}
