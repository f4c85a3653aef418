import type { Pod, PodCondition } from "@wherry/api";
import { badRequest, conflict, rfc3339 } from "@wherry/base";
import { invalid, required } from "@wherry/machinery";
import { isData } from "@wherry/machinery/data.ts";
import { invalidObject, methodNotAllowed, success } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { parseBody } from "../rest/body.ts";
import type { AnyObject, ResourceCall, RestContext } from "../rest/context.ts";
import { modify } from "../rest/modify.ts";
import { writeOptions } from "../rest/options.ts";
import { writeOf } from "../rest/update.ts";

interface Binding {
  metadata: { name?: string; uid?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  target: { kind?: string; name?: string };
}

/** Binds a pod to a node, once. Source: `BindingREST` in upstream's pod storage. */
export async function bind(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  if (call.request.method !== "POST") throw methodNotAllowed();
  const { dryRun } = writeOptions(call.request.query, "CreateOptions");
  const binding = readBinding((await parseBody(call.request, "Binding")).value);
  if (binding.metadata.name && binding.metadata.name !== call.name) throw badRequest(`name in URL does not match name in Binding object`);
  const write = { ...writeOf(call, dryRun, []), subresource: "binding" };
  await modify(context, write, (object) => assign(object as AnyObject & Pod, binding, context.clock.now()));
  return success(undefined, 201);
}

/** Binds the pod that the body names: the old way, at `namespaces/x/bindings`. Source: upstream's `LegacyBindingREST`. */
export async function createBinding(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const { value } = await parseBody(call.request, "Binding");
  const { name } = isData(value) && isData(value.metadata) ? value.metadata : {};
  const kind = context.registry.byResource("", "v1", "pods");
  if (!kind) throw methodNotAllowed();
  return bind(context, { ...call, kind, name: typeof name === "string" ? name : "" });
}

function assign(pod: Pod & AnyObject, { metadata, target }: Binding, now: number): AnyObject {
  const { name } = pod.metadata;
  const refuse = (why: string) => conflict({ group: "", resource: "pods/binding" }, name, why);
  if (metadata.uid && metadata.uid !== pod.metadata.uid)
    throw refuse(`Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${pod.metadata.uid}`);
  if (pod.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec?.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  const gates = pod.spec?.schedulingGates ?? [];
  if (gates.length > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  pod.spec.nodeName = target.name as string;
  if (metadata.annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...metadata.annotations };
  if (metadata.labels) pod.metadata.labels = { ...pod.metadata.labels, ...metadata.labels };
  const others = pod.status?.conditions?.filter((c) => c.type !== "PodScheduled") ?? [];
  const scheduled: PodCondition = { type: "PodScheduled", status: "True", lastTransitionTime: rfc3339(now) };
  pod.status = { ...pod.status, conditions: [...others, scheduled] };
  return pod;
}

function readBinding(value: unknown): Binding {
  if (!isData(value) || !isData(value.metadata ?? {})) throw badRequest("the body must be a Binding");
  const target = isData(value.target) ? value.target : {};
  const { kind, name } = target as Binding["target"];
  const metadata = (value.metadata ?? {}) as Binding["metadata"];
  const errors = [];
  if (kind && kind !== "Node") errors.push(invalid("target.kind", kind, 'must be "Node"'));
  if (!name) errors.push(required("target.name"));
  if (errors.length > 0) throw invalidObject({ group: "", kind: "Binding" }, metadata.name ?? "", errors);
  return { metadata, target: target as Binding["target"] };
}
