import { Deployment, isPodTerminal, Pod, ReplicaSet } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { controllerOf, keyOf, labelSelectorFrom, splitKey } from "@wherry/machinery";
import { claim } from "../ownership/apply-claim.ts";
import { BY_CONTROLLER, ownershipIndexes } from "../ownership/indexes.ts";
import { applyDeploymentPlan } from "./apply.ts";
import { planDeployment } from "./plan.ts";

/** Rolls Deployments out through ReplicaSets. Source: pkg/controller/deployment. */
export function deploymentController(): Controller {
  return {
    name: "deployment-controller",
    eventSource: "deployment-controller",
    workers: 5,
    watches: [
      watchOf({ kind: Deployment, wakes: (d) => [keyOf(d)] }),
      watchOf({
        kind: ReplicaSet,
        indexes: ownershipIndexes,
        wakes: (rs, { previous }, ctx) => [...wokenBy(rs, ctx), ...wokenBy(previous, ctx)],
      }),
      watchOf({
        kind: Pod,
        indexes: ownershipIndexes,
        wakes: (pod, { gone }, ctx) => (gone || isPodTerminal(pod) ? recreates(pod, ctx) : []),
      }),
    ],
    reconcile,
  };
}

/** The Deployment of the ReplicaSet, or else all that might adopt it. */
function wokenBy(rs: ReplicaSet | undefined, ctx: ControllerContext): string[] {
  if (!rs) return [];
  const { namespace, labels } = rs.metadata;
  const owner = controllerOf(rs);
  if (owner) return owner.kind === Deployment.kind ? [`${namespace}/${owner.name}`] : [];
  const selects = (d: Deployment) => labelSelectorFrom(d.spec.selector).matches(labels);
  return labels ? ctx.lister(Deployment).list(namespace).filter(selects).map(keyOf) : [];
}

/** The Recreate Deployment that may wait for this pod to go. */
function recreates(pod: Pod, ctx: ControllerContext): string[] {
  const owner = controllerOf(pod);
  const rs = owner?.kind === ReplicaSet.kind ? ctx.lister(ReplicaSet).get(owner.name, pod.metadata.namespace) : undefined;
  const top = rs && controllerOf(rs);
  const d = top && ctx.lister(Deployment).get(top.name, pod.metadata.namespace);
  return d?.spec.strategy?.type === "Recreate" ? [keyOf(d)] : [];
}

async function reconcile(key: string, ctx: ControllerContext): Promise<{ requeueAfterMs: number } | void> {
  const { name, namespace } = splitKey(key);
  const deployment = ctx.lister(Deployment).get(name, namespace);
  if (!deployment) return;
  const selector = labelSelectorFrom(deployment.spec.selector);
  if (selector.empty) {
    const message = "This deployment is selecting all pods. A non-empty selector is required.";
    ctx.events.event(deployment, "Warning", "SelectingAll", message);
    return;
  }
  const replicaSets = await claim(ctx, { ownerKind: Deployment, owner: deployment, kind: ReplicaSet, selector });
  const runningPods = (uid: string) =>
    ctx
      .lister(Pod)
      .byIndex(BY_CONTROLLER, uid)
      .filter((p) => !isPodTerminal(p)).length;
  const plan = planDeployment({ deployment, replicaSets, runningPods }, ctx.clock.now());
  await applyDeploymentPlan(ctx, deployment, plan);
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}
