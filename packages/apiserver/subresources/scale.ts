import { badRequest, conflict, notFound, rfc3339 } from "@wherry/base";
import { apiVersionOf, deepCopy, invalid } from "@wherry/machinery";
import { type Data, isData } from "@wherry/machinery/data.ts";
import { applyConfiguration } from "@wherry/machinery/field-management/apply-configuration.ts";
import { managedFieldsEntries, storedManaged } from "@wherry/machinery/field-management/managed-fields.ts";
import { mergeSchemaOf } from "@wherry/machinery/field-management/merge-schema.ts";
import { SCALE_VERSION, toParentManaged, toScaleManaged } from "@wherry/machinery/field-management/scale-fields.ts";
import { invalidObject, methodNotAllowed } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { answerValue } from "../rest/answer.ts";
import { readConfiguration } from "../rest/apply.ts";
import { parseBody } from "../rest/body.ts";
import { type AnyObject, keyOfCall, type ResourceCall, type RestContext, resourceName } from "../rest/context.ts";
import { ownerOf, setManagedFields } from "../rest/field-owner.ts";
import { MODIFIED, modify } from "../rest/modify.ts";
import { applyOptions, type WriteOptions, writeOptions } from "../rest/options.ts";
import { APPLY_PATCH, patchType, readPatch } from "../rest/patch.ts";
import { writeOf } from "../rest/update.ts";
import type { Write } from "../rest/write-stage.ts";
import { bytesAs, convertedItems } from "../watch-cache/converted.ts";
import { replicasPath, SCALE, type Scale, type ScalePaths, scaleOf, setReplicas } from "./scale-object.ts";

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
  const shown = (await convertedItems(call.kind)?.one(item)) ?? item;
  return answerValue(call, scaleOf(shown.object(), paths, call));
}

async function putScale(context: RestContext, call: ResourceCall, paths: ScalePaths): Promise<ApiResponse> {
  const options = writeOptions(call.request.query, "UpdateOptions");
  const { value } = await parseBody(call.request, "Scale");
  return change(context, call, paths, options, () => value);
}

async function patchScale(context: RestContext, call: ResourceCall, paths: ScalePaths): Promise<ApiResponse> {
  const type = patchType(call.request);
  if (type === APPLY_PATCH) return applyScale(context, call, paths);
  const options = writeOptions(call.request.query, "PatchOptions");
  const { apply } = readPatch(call.request, type);
  return change(context, call, paths, options, (current) => apply(current, SCALE.schema, context.registry.definitions));
}

async function change(
  context: RestContext,
  call: ResourceCall,
  paths: ScalePaths,
  { dryRun, fieldManager }: WriteOptions,
  next: (current: Scale) => unknown,
): Promise<ApiResponse> {
  const write = { ...writeOf(call, dryRun, []), owner: ownerOf(call, fieldManager) };
  return modifyScale(context, call, paths, write, (object) => {
    const current = scaleOf(object, paths, call);
    setReplicas(object, paths, wantedReplicas(call, current, next(current)));
  });
}

/** Server-side apply: what is owned of the Scale is owned of the object. */
async function applyScale(context: RestContext, call: ResourceCall, paths: ScalePaths): Promise<ApiResponse> {
  const options = applyOptions(call.request.query);
  const warnings: string[] = [];
  const config = await readConfiguration(context, call, SCALE, options, warnings);
  const { clock, registry } = context;
  const owner = { ...ownerOf(call, options.fieldManager), operation: "Apply" as const, apiVersion: SCALE_VERSION };
  const schema = mergeSchemaOf(registry.definitions, SCALE.schema);
  const path = replicasPath(paths);
  return modifyScale(context, call, paths, writeOf(call, options.dryRun, warnings), (object) => {
    const current = scaleOf(object, paths, call);
    const parent = storedManaged(object.metadata.managedFields);
    const fields = { schema, owner, ignored: {}, otherVersion: () => undefined, now: rfc3339(clock.now()) };
    // A Scale leaves out zero replicas; who applies zero to zero changes nothing.
    const live = { ...current, spec: { replicas: current.spec.replicas ?? 0 } };
    const result = applyConfiguration(fields, live, deepCopy(config), toScaleManaged(parent, path), options.force);
    setReplicas(object, paths, wantedReplicas(call, current, result.object));
    setManagedFields(object, managedFieldsEntries(toParentManaged(parent, result.managed, path, apiVersionOf(call.kind))));
  });
}

async function modifyScale(context: RestContext, call: ResourceCall, paths: ScalePaths, write: Write, set: (object: AnyObject) => void) {
  const { codec } = context.cache.resource(call.kind).of;
  const { bytes } = await modify(context, { ...write, subresource: undefined }, (object) => {
    set(object);
    return object;
  });
  return answerValue(call, scaleOf(codec.decode(await bytesAs(call.kind, bytes)), paths, call), { warnings: write.warnings });
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
