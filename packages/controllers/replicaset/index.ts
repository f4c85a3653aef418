import { isPodActive, Pod, ReplicaSet } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { type ApiObject, controllerOf, deepEqual, type KindDefinition, keyOf, labelSelectorFrom, splitKey } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";
import { claim } from "../ownership/apply-claim.ts";
import { BY_CONTROLLER, ownershipIndexes } from "../ownership/indexes.ts";
import { podFromTemplate } from "../pods/from-template.ts";
import { createPod, deletePod, messageOf } from "../pods/pod-control.ts";
import { slowStart } from "../pods/slow-start.ts";
import { nextAvailable } from "../pods/state.ts";
import { planReplicaSet } from "./plan.ts";
import { type ReplicaFailure, replicaSetStatus } from "./status.ts";

/** A kind whose objects are ReplicaSets, perhaps under another name. */
export interface Replicated<O extends ApiObject> {
  kind: KindDefinition<O>;
  /** The controller's name, and that of what its events come from. */
  name: string;
  /** The object as a ReplicaSet of the same name, uid and status. Cheap: it is asked for with every pod that looks for somebody to adopt it. */
  view: (o: O) => ReplicaSet;
}

/** Keeps the wanted number of pods of every ReplicaSet. Source: pkg/controller/replicaset. */
export function replicaSetController(): Controller {
  return replicaController({ kind: ReplicaSet, name: "replicaset-controller", view: (rs) => rs });
}

/** Keeps the wanted number of pods of every object of a kind that is like ReplicaSets. Source: pkg/controller/replicaset NewBaseController. */
export function replicaController<O extends ApiObject>(replicated: Replicated<O>): Controller {
  const { kind, name } = replicated;
  return {
    name,
    eventSource: name,
    workers: 5,
    watches: [
      watchOf({ kind, indexes: ownershipIndexes, wakes: (o) => [keyOf(o)] }),
      watchOf({
        kind: Pod,
        indexes: ownershipIndexes,
        wakes: (pod, { previous }, ctx) => [...wokenBy(pod, replicated, ctx), ...wokenBy(previous, replicated, ctx)],
      }),
    ],
    reconcile: (key, ctx) => reconcile(key, replicated, ctx),
  };
}

/** The controller of the pod, or else all that might adopt it. */
function wokenBy<O extends ApiObject>(pod: Pod | undefined, { kind, view }: Replicated<O>, ctx: ControllerContext): string[] {
  if (!pod) return [];
  const { namespace, labels } = pod.metadata;
  const owner = controllerOf(pod);
  if (owner) return owner.kind === kind.kind ? [`${namespace}/${owner.name}`] : [];
  const selects = (o: O) => labelSelectorFrom(view(o).spec.selector).matches(labels);
  return labels ? ctx.lister(kind).list(namespace).filter(selects).map(keyOf) : [];
}

/** An object that is reconciled: as it is stored, and as the ReplicaSet that it is like. */
interface Subject<O extends ApiObject> {
  kind: KindDefinition<O>;
  owner: O;
  rs: ReplicaSet;
}

async function reconcile<O extends ApiObject>(
  key: string,
  { kind, view }: Replicated<O>,
  ctx: ControllerContext,
): Promise<{ requeueAfterMs: number } | void> {
  const { name, namespace } = splitKey(key);
  const owner = ctx.lister(kind).get(name, namespace);
  if (!owner) return;
  const rs = view(owner);
  const subject = { kind, owner, rs };
  const selector = labelSelectorFrom(rs.spec.selector);
  const pods = await claim(ctx, { ownerKind: kind, owner, kind: Pod, selector, only: isPodActive });
  const result = await manage(ctx, subject, pods);
  // After pods were made or deleted the watch wakes this key again: the status is written once, from what is then there.
  if (result.changed && !result.failure) return;
  await writeStatus(ctx, subject, pods, result.failure);
  if (result.error) throw result.error;
  const wait = nextAvailable(pods, rs.spec.minReadySeconds ?? 0, ctx.clock.now());
  return wait === undefined ? undefined : { requeueAfterMs: wait };
}

interface Managed {
  changed: boolean;
  failure?: ReplicaFailure;
  error?: unknown;
}

async function manage<O extends ApiObject>(ctx: ControllerContext, subject: Subject<O>, pods: readonly Pod[]): Promise<Managed> {
  const { owner, rs } = subject;
  const plan = planReplicaSet({ rs, pods, related: () => relatedPods(ctx, subject) }, ctx.clock.now());
  const { done, errors } =
    plan.create > 0
      ? await slowStart(plan.create, () => createPod(ctx, owner, podFromTemplate(owner, rs.spec.template)))
      : settled(await Promise.allSettled(plan.delete.map((pod) => deletePod(ctx, owner, pod))));
  const error = errors.find((e) => !isNamespaceTerminating(e));
  if (error === undefined) return { changed: done > 0 };
  const reason = plan.create > 0 ? "FailedCreate" : "FailedDelete";
  return { changed: done > 0, error, failure: { reason, message: messageOf(error) } };
}

const settled = (results: PromiseSettledResult<void>[]) => ({
  done: results.filter((r) => r.status === "fulfilled").length,
  errors: results.filter((r) => r.status === "rejected").map((r) => r.reason as unknown),
});

function relatedPods<O extends ApiObject>(ctx: ControllerContext, { kind, owner }: Subject<O>): Pod[] {
  const top = controllerOf(owner)?.uid;
  const siblings = top ? ctx.lister(kind).byIndex(BY_CONTROLLER, top) : [owner];
  return siblings.flatMap((s) => ctx.lister(Pod).byIndex(BY_CONTROLLER, s.metadata.uid)).filter(isPodActive);
}

async function writeStatus<O extends ApiObject>(
  ctx: ControllerContext,
  { kind, owner, rs }: Subject<O>,
  pods: readonly Pod[],
  failure?: ReplicaFailure,
): Promise<void> {
  const status = replicaSetStatus(rs, pods, failure, ctx.clock.now());
  if (deepEqual(status, rs.status)) return;
  ctx.wrote(kind, await ctx.client.update(kind, { ...owner, status }, { subresource: "status" }));
}
