import { Eviction, isPodReady, isPodTerminal, type Pod, type PodDisruptionBudget, setCondition } from "@wherry/api";
import { badRequest, conflict, hasReason, StatusError } from "@wherry/base";
import { labelSelectorFrom } from "@wherry/machinery";
import { methodNotAllowed, success } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { parseBody } from "../rest/body.ts";
import { type AnyObject, type ResourceCall, type RestContext, resourceName } from "../rest/context.ts";
import { deleteObject } from "../rest/delete.ts";
import { checkedDeleteOptions, type DeleteOptions } from "../rest/delete-options.ts";
import { checkedObject } from "../rest/field-validation.ts";
import { MODIFIED, modify } from "../rest/modify.ts";
import { writeOptions } from "../rest/options.ts";
import { writeOf } from "../rest/update.ts";
import type { Write } from "../rest/write-stage.ts";
import { takeDisruption } from "./eviction-budget.ts";
import { podOfCall } from "./pod-target.ts";

/** How often a pod may change while it is being evicted. Source: upstream's `EvictionsRetry`. */
const ATTEMPTS = 20;

/** Deletes a pod if its disruption budget allows it. Source: `EvictionREST` in upstream's pod storage. */
export async function evict(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  if (call.request.method !== "POST") throw methodNotAllowed();
  const query = writeOptions(call.request.query, "CreateOptions");
  const warnings: string[] = [];
  const body = await parseBody(call.request, "Eviction");
  const eviction = checkedObject(context.registry, Eviction, body, query.fieldValidation, warnings) as unknown as Eviction;
  if (eviction.metadata.name !== call.name) throw badRequest("name in URL does not match name in Eviction object");
  const options = checkedDeleteOptions(eviction.deleteOptions ?? {});
  options.dryRun ||= query.dryRun;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (await tryEvict(context, call, options)) return success(undefined, 201);
  throw conflict(resourceName(call.kind), call.name ?? "", MODIFIED);
}

/** False when the pod changed meanwhile, and must be looked at again. */
async function tryEvict(context: RestContext, call: ResourceCall, options: DeleteOptions): Promise<boolean> {
  const pod = await podOfCall(context, call);
  const guarded = !needsNoBudget(pod) && (await ask(context, call, pod, options.dryRun));
  const pinned = !guarded && !isEnding(pod) && options.preconditions.resourceVersion === undefined;
  const { resourceVersion } = pod.metadata;
  try {
    await remove(context, call, pinned ? { ...options, preconditions: { ...options.preconditions, resourceVersion } } : options);
    return true;
  } catch (error) {
    if (pinned && hasReason(error, "Conflict")) return false;
    throw error;
  }
}

const isEnding = (pod: Pod) => isPodTerminal(pod) || Boolean(pod.metadata.deletionTimestamp);
const needsNoBudget = (pod: Pod) => isEnding(pod) || pod.status?.phase === "Pending";

/** Takes a disruption from the pod's budget, if it has one. False when the pod counts for nothing there: it must not change meanwhile. */
async function ask(context: RestContext, call: ResourceCall, pod: Pod, dryRun: boolean): Promise<boolean> {
  const [budget, ...more] = budgetsOf(context, pod);
  if (more.length > 0) throw tooManyBudgets();
  const kind = context.registry.byResource("policy", "v1", "poddisruptionbudgets");
  if (!budget || !kind) return true;
  const { namespace, name } = budget.metadata;
  const write: Write = { operation: "update", kind, namespace, name, subresource: "status", dryRun, user: call.request.user, warnings: [] };
  let taken = true;
  await modify(context, write, (current) => {
    taken = takeDisruption(current as unknown as PodDisruptionBudget, pod, isPodReady(pod), context.clock.now());
    return current;
  });
  return taken;
}

function budgetsOf({ registry, cache }: RestContext, pod: Pod): PodDisruptionBudget[] {
  const kind = registry.byResource("policy", "v1", "poddisruptionbudgets");
  if (!kind) return [];
  const budgets = cache.resource(kind);
  const all = [...budgets.items(budgets.prefix(pod.metadata.namespace))].map((item) => item.object() as PodDisruptionBudget);
  return all.filter(({ spec }) => labelSelectorFrom(spec.selector).matches(pod.metadata.labels));
}

/** Marks the pod, so that people see why it goes, and deletes it. */
async function remove(context: RestContext, call: ResourceCall, options: DeleteOptions): Promise<void> {
  const { uid, resourceVersion } = options.preconditions;
  const write: Write = { ...writeOf(call, options.dryRun, []), subresource: "status", uid };
  const { bytes } = await modify(context, write, (current) => {
    const marked = disrupted(current, context.clock.now());
    return { ...marked, metadata: { ...marked.metadata, ...(resourceVersion && { resourceVersion }) } };
  });
  const marked = JSON.parse(bytes.toString("utf8")) as Pod;
  const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion: marked.metadata.resourceVersion }) };
  await deleteObject(context, { ...write, operation: "delete", subresource: undefined }, { ...options, preconditions });
}

function disrupted(object: AnyObject, now: number): AnyObject {
  const pod = object as unknown as Pod;
  const mark = { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" };
  const conditions = [...setCondition(pod.status?.conditions, mark, now)];
  return { ...object, status: { ...pod.status, conditions } };
}

function tooManyBudgets(): StatusError {
  const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
  return new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 });
}
