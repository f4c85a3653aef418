import { badRequest, conflict, notFound } from "@wherry/base";
import { invalid, labelSelectorFrom, type MetaLabelSelector, type Subresource } from "@wherry/machinery";
import { type Data, isData } from "@wherry/machinery/data.ts";
import { invalidObject, methodNotAllowed } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { answerValue } from "../rest/answer.ts";
import { parseBody } from "../rest/body.ts";
import { type AnyObject, keyOfCall, type ResourceCall, type RestContext, resourceName } from "../rest/context.ts";
import { MODIFIED, modify } from "../rest/modify.ts";
import { writeOptions } from "../rest/options.ts";
import { patchType, readPatch } from "../rest/patch.ts";
import { writeOf } from "../rest/update.ts";

type ScalePaths = Extract<Subresource, { type: "scale" }>;

/** An object as an autoscaler sees it. Source: `autoscaling/v1` Scale. */
interface Scale {
  kind: "Scale";
  apiVersion: "autoscaling/v1";
  metadata: { name: string; namespace?: string; uid: string; resourceVersion: string; creationTimestamp: string };
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

const SCHEMA = "io.k8s.api.autoscaling.v1.Scale";

/** Reads, replaces or patches the scale of an object. */
export async function scale(context: RestContext, call: ResourceCall, paths: ScalePaths): Promise<ApiResponse> {
  switch (call.request.method) {
    case "GET":
      return getScale(context, call, paths);
    case "PUT":
      return putScale(context, call, paths);
    case "PATCH":
      return patchScale(context, call, paths);
    default:
      throw methodNotAllowed();
  }
}

async function getScale(context: RestContext, call: ResourceCall, paths: ScalePaths): Promise<ApiResponse> {
  await context.cache.fresh();
  const item = context.cache.resource(call.kind).get(keyOfCall(context, call));
  if (!item) throw notFound(resourceName(call.kind), call.name ?? "");
  return answerValue(call, scaleOf(item.object(), paths, call));
}

async function putScale(context: RestContext, call: ResourceCall, paths: ScalePaths): Promise<ApiResponse> {
  const { dryRun } = writeOptions(call.request.query, "UpdateOptions");
  const { value } = await parseBody(call.request, "Scale");
  return change(context, call, paths, dryRun, () => value);
}

async function patchScale(context: RestContext, call: ResourceCall, paths: ScalePaths): Promise<ApiResponse> {
  const type = patchType(call.request);
  const { dryRun } = writeOptions(call.request.query, "PatchOptions");
  const { apply } = readPatch(call.request, type);
  return change(context, call, paths, dryRun, (current) => apply(current, SCHEMA, context.registry.definitions));
}

async function change(context: RestContext, call: ResourceCall, paths: ScalePaths, dryRun: boolean, next: (current: Scale) => unknown) {
  const { codec } = context.cache.resource(call.kind).of;
  const warnings: string[] = [];
  const write = { ...writeOf(call, dryRun, warnings), subresource: undefined };
  const { bytes } = await modify(context, write, (object) => {
    const current = scaleOf(object, paths, call);
    setAt(object, paths.specReplicasPath, wantedReplicas(call, current, next(current)));
    return object;
  });
  return answerValue(call, scaleOf(codec.decode(bytes), paths, call), { warnings });
}

function wantedReplicas(call: ResourceCall, current: Scale, wanted: unknown): number {
  if (!isData(wanted) || !isData(wanted.metadata ?? {})) throw badRequest("the body must be a Scale");
  const { name, resourceVersion } = (wanted.metadata ?? {}) as Data;
  if (name && name !== call.name)
    throw badRequest(`the name of the object (${String(name)}) does not match the name on the URL (${call.name})`);
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion)
    throw conflict(resourceName(call.kind), call.name ?? "", MODIFIED);
  const replicas = (isData(wanted.spec) && wanted.spec.replicas) || 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) throw badRequest("Scale: spec.replicas must be a whole number");
  if (replicas < 0) {
    const finding = invalid("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalidObject({ group: "autoscaling", kind: "Scale" }, call.name ?? "", [finding]);
  }
  return replicas;
}

function scaleOf(object: AnyObject, paths: ScalePaths, { kind }: Pick<ResourceCall, "kind">): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = numberAt(object, paths.specReplicasPath);
  const selector = selectorText(valueAt(object, paths.labelSelectorPath), kind.custom === true);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { ...(replicas > 0 && { replicas }) },
    status: { replicas: numberAt(object, paths.statusReplicasPath), ...(selector && { selector }) },
  };
}

/** A selector as text: `app=web,tier in (a,b)`. A ReplicationController's is a plain map, a custom object's is text already. */
function selectorText(selector: unknown, custom: boolean): string {
  if (typeof selector === "string") return selector;
  if (custom || !isData(selector)) return "";
  const isMap = !("matchLabels" in selector) && !("matchExpressions" in selector);
  return String(labelSelectorFrom((isMap ? { matchLabels: selector } : selector) as MetaLabelSelector));
}

const steps = (path: string) => path.split(".").filter(Boolean);

function valueAt(object: object, path: string): unknown {
  return steps(path).reduce<unknown>((at, step) => (isData(at) ? at[step] : undefined), object);
}

function numberAt(object: object, path: string): number {
  const value = valueAt(object, path);
  return typeof value === "number" ? value : 0;
}

function setAt(object: object, path: string, value: number): void {
  const all = steps(path);
  let at = object as Data;
  for (const step of all.slice(0, -1)) {
    if (!isData(at[step])) at[step] = {};
    at = at[step] as Data;
  }
  at[all.at(-1) as string] = value;
}
