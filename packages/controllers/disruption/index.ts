import { Deployment, Pod, PodDisruptionBudget, ReplicaSet, ReplicationController, StatefulSet } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { controllerOf, deepEqual, keyOf, labelSelectorFrom, splitKey } from "@wherry/machinery";
import { planBudget } from "./plan.ts";

/** Counts the pods of PodDisruptionBudgets, and how many of them may be evicted. Source: pkg/controller/disruption. */
export function disruptionController(): Controller {
  return {
    name: "disruption-controller",
    eventSource: "controllermanager",
    watches: [
      watchOf({ kind: PodDisruptionBudget, wakes: (budget) => [keyOf(budget)] }),
      watchOf({
        kind: Pod,
        wakes: (pod, { previous }, ctx) => [...new Set([pod, ...(previous ? [previous] : [])].flatMap((p) => budgetsOf(p, ctx)))],
      }),
      watchOf({ kind: Deployment, wakes: (d, { previous }, ctx) => ofScaled(d, previous, ctx) }),
      watchOf({ kind: ReplicaSet, wakes: (rs, { previous }, ctx) => ofScaled(rs, previous, ctx) }),
      watchOf({ kind: ReplicationController, wakes: (rc, { previous }, ctx) => ofScaled(rc, previous, ctx) }),
      watchOf({ kind: StatefulSet, wakes: (set, { previous }, ctx) => ofScaled(set, previous, ctx) }),
    ],
    reconcile,
  };
}

type Scaled = Deployment | ReplicaSet | ReplicationController | StatefulSet;

function budgetsOf({ metadata }: Pod, ctx: ControllerContext): string[] {
  const budgets = ctx.lister(PodDisruptionBudget).list(metadata.namespace);
  return budgets.filter(({ spec }) => labelSelectorFrom(spec.selector).matches(metadata.labels)).map(keyOf);
}

/** The budgets that may reckon with a number of replicas that has changed. */
function ofScaled(owner: Scaled, previous: Scaled | undefined, ctx: ControllerContext): string[] {
  if (previous && previous.spec?.replicas === owner.spec?.replicas) return [];
  return budgetsOf(
    { ...owner, metadata: { ...owner.metadata, labels: owner.spec?.template?.metadata?.labels ?? {} } } as unknown as Pod,
    ctx,
  );
}

async function reconcile(key: string, ctx: ControllerContext): Promise<{ requeueAfterMs: number } | void> {
  const { name, namespace } = splitKey(key);
  const budget = ctx.lister(PodDisruptionBudget).get(name, namespace);
  if (!budget) return;
  const selector = labelSelectorFrom(budget.spec.selector);
  const pods = ctx
    .lister(Pod)
    .list(namespace)
    .filter((pod) => selector.matches(pod.metadata.labels));
  const plan = planBudget({ budget, pods, expected: () => expectedPods(pods, ctx) }, ctx.clock.now());
  if (pods.length === 0) ctx.events.event(budget, "Normal", "NoPods", "No matching pods found");
  if (plan.failure !== undefined)
    ctx.events.event(
      budget,
      "Warning",
      "CalculateExpectedPodCountFailed",
      `Failed to calculate the number of expected pods: ${plan.failure}`,
    );
  for (const pod of plan.overdue)
    ctx.events.event(pod, "Warning", "NotDeleted", `Pod was expected by PDB ${key} to be deleted but it wasn't`);
  if (!deepEqual(plan.status, budget.status))
    ctx.wrote(
      PodDisruptionBudget,
      await ctx.client.update(PodDisruptionBudget, { ...budget, status: plan.status }, { subresource: "status" }),
    );
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}

/** How many pods the controllers of these want together; pods without one count for nothing. Source: disruption.go `getExpectedScale`. */
function expectedPods(pods: readonly Pod[], ctx: ControllerContext): number {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) continue;
    const top = scaledOwner(owner.kind, owner.name, pod.metadata.namespace, ctx);
    if (!top) throw new Error(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
    scales.set(top.metadata.uid, top.spec?.replicas ?? 1);
  }
  return [...scales.values()].reduce((sum, n) => sum + n, 0);
}

function scaledOwner(kind: string, name: string, namespace: string | undefined, ctx: ControllerContext): Scaled | undefined {
  if (kind === StatefulSet.kind) return ctx.lister(StatefulSet).get(name, namespace);
  if (kind === ReplicationController.kind) return ctx.lister(ReplicationController).get(name, namespace);
  const set = kind === ReplicaSet.kind ? ctx.lister(ReplicaSet).get(name, namespace) : undefined;
  const owner = set && controllerOf(set);
  return owner?.kind === Deployment.kind ? (ctx.lister(Deployment).get(owner.name, namespace) ?? set) : set;
}
