import {
  DEPENDS_ON,
  type Dependency,
  dependenciesOf,
  dependencyName,
  getCondition,
  Pod,
  setCondition,
  waitsForDependencies,
} from "@wherry/api";
import type { Controller, ControllerContext } from "@wherry/engine";
import { splitKey } from "@wherry/machinery";
import { findCycle } from "./cycle.ts";
import { dependencyWatches, furtherDependencies, isPartOf, unready } from "./objects.ts";

/** Opens the gate of pods annotated with `wherry.io/depends-on` when what they depend on is ready, and tells until then for what they wait. */
export function dependsOnController(): Controller {
  return { name: "depends-on-controller", eventSource: "depends-on-controller", watches: dependencyWatches, reconcile };
}

async function reconcile(key: string, ctx: ControllerContext): Promise<void> {
  const { name, namespace = "" } = splitKey(key);
  const pod = ctx.lister(Pod).get(name, namespace);
  if (!pod || pod.metadata.deletionTimestamp || !waitsForDependencies(pod)) return;
  const dependencies = dependenciesOf(pod.metadata);
  const missing = dependencies.filter((d) => unready(d, namespace, ctx) !== undefined);
  if (missing.length > 0) await wait(ctx, pod, missing);
  else await open(ctx, pod, dependencies);
}

async function open(ctx: ControllerContext, pod: Pod, dependencies: readonly Dependency[]): Promise<void> {
  const { name, namespace = "", uid } = pod.metadata;
  const body = { metadata: { uid }, spec: { schedulingGates: [{ $patch: "delete", name: DEPENDS_ON }] } };
  ctx.wrote(Pod, await ctx.client.patch(Pod, { name, namespace }, { type: "strategic", body }));
  const all = dependencies.map(dependencyName).join(", ");
  ctx.events.event(pod, "Normal", "DependenciesReady", all ? `Ready to start: ${all}` : "Ready to start: it depends on nothing any more");
}

/** Tells once for what the pod waits, and again when that changes: its condition remembers what was told. */
async function wait(ctx: ControllerContext, pod: Pod, missing: readonly Dependency[]): Promise<void> {
  const { namespace = "" } = pod.metadata;
  const list = missing.map((d) => `${dependencyName(d)} (${unready(d, namespace, ctx)})`).join(", ");
  const cycle = findCycle(missing, {
    isOwn: (d) => isPartOf(pod, d, ctx),
    next: (d) => (unready(d, namespace, ctx) === undefined ? [] : furtherDependencies(d, namespace, ctx)),
  });
  const round = cycle ? `; they wait for one another, and none can start: ${[...cycle, cycle[0]].join(" -> ")}` : "";
  const message = `Waiting for ${list}${round}`;
  if (getCondition(pod.status?.conditions, "PodScheduled")?.message === message) return;
  const condition = { type: "PodScheduled", status: "False", reason: "SchedulingGated", message };
  const conditions = [...setCondition(pod.status?.conditions, condition, ctx.clock.now())];
  ctx.wrote(Pod, await ctx.client.update(Pod, { ...pod, status: { ...pod.status, conditions } }, { subresource: "status" }));
  ctx.events.event(pod, cycle ? "Warning" : "Normal", cycle ? "DependencyCycle" : "WaitingForDependencies", message);
}
