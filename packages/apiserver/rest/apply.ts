import { badRequest, conflict, hasReason } from "@wherry/base";
import {
  apiVersionOf,
  conform,
  deepCopy,
  fromStored,
  goJson,
  jsonTypeOf,
  type KindDefinition,
  LAST_APPLIED,
  type Registry,
  type SchemaFindings,
  storedKind,
  toStored,
} from "@wherry/machinery";
import { type Data, isData } from "@wherry/machinery/data.ts";
import { applyConfiguration } from "@wherry/machinery/field-management/apply-configuration.ts";
import { conformityErrors, conformityMessage } from "@wherry/machinery/field-management/conformity.ts";
import { managedFieldsEntries, storedManaged } from "@wherry/machinery/field-management/managed-fields.ts";
import { mergeSchemaOf } from "@wherry/machinery/field-management/merge-schema.ts";
import { withNulls } from "@wherry/machinery/field-management/nulls.ts";
import type { ApiRequest, ApiResponse } from "../exchange.ts";
import { answerObject } from "./answer.ts";
import { type ParsedBody, parseJsonBody, parseYaml } from "./body.ts";
import { type AnyObject, keyIn, type ResourceCall, type RestContext, resourceName } from "./context.ts";
import { createObject } from "./create.ts";
import { fieldWrite, ownerOf, setManagedFields, underSchema } from "./field-owner.ts";
import { modify } from "./modify.ts";
import { type ApplyOptions, applyOptions } from "./options.ts";
import { checkIdentity, writeOf } from "./update.ts";

/** Races with other writers that an apply may lose between looking for an object and creating it. */
const ATTEMPTS = 5;

/**
 * Server-side apply on an object or its status; the object is created when it is not there. Source: apiserver `handlers.applyPatcher`.
 */
export async function apply(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const options = applyOptions(call.request.query);
  const warnings: string[] = [];
  const config = await readConfiguration(context, call, call.kind, options, warnings);
  for (let attempt = 1; ; attempt++) {
    try {
      return exists(context, call) || call.subresource
        ? await applyToObject(context, call, config, options, [...warnings])
        : await applyNew(context, call, config, options, [...warnings]);
    } catch (error) {
      const raced = hasReason(error, "AlreadyExists") || (hasReason(error, "NotFound") && !call.subresource && exists(context, call));
      if (!raced || attempt >= ATTEMPTS) throw error;
    }
  }
}

function exists({ cache }: RestContext, { kind, namespace, name = "" }: ResourceCall): boolean {
  const resource = cache.resource(storedKind(kind));
  return resource.get(keyIn(resource, namespace, name)) !== undefined;
}

async function applyToObject(
  context: RestContext,
  call: ResourceCall,
  config: Data,
  options: ApplyOptions,
  warnings: string[],
): Promise<ApiResponse> {
  const change = (current: AnyObject) => applied(context, call, fromStored(call.kind, current), config, options);
  const write = { ...writeOf(call, options.dryRun, warnings), uid: uidOf(config) };
  const modified = await modify(context, write, change);
  return answerObject(context, call, modified.bytes, { warnings: [...warnings, ...modified.warnings] });
}

async function applyNew(
  context: RestContext,
  call: ResourceCall,
  config: Data,
  options: ApplyOptions,
  warnings: string[],
): Promise<ApiResponse> {
  await context.cache.fresh();
  if (exists(context, call)) return applyToObject(context, call, config, options, warnings);
  const uid = uidOf(config);
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  if (uid) throw conflict(resourceName(call.kind), call.name ?? "", why);
  const object = applied(context, call, {}, config, options);
  const bytes = await createObject(context, call, object, { dryRun: options.dryRun, warnings });
  return answerObject(context, call, bytes, { status: 201, warnings });
}

/** The object with the configuration applied, as it is to be stored. `live` is private and is not changed. */
function applied(context: RestContext, call: ResourceCall, live: object, config: Data, options: ApplyOptions): AnyObject {
  const { manager, subresource } = ownerOf(call, options.fieldManager);
  const owner = { manager, operation: "Apply" as const, ...(subresource && { subresource }) };
  const write = fieldWrite(context, call.kind, owner, [live, config]);
  const managed = underSchema(call.kind, write, storedManaged((live as Partial<AnyObject>).metadata?.managedFields));
  const result = applyConfiguration(write, live, deepCopy(config), managed, options.force);
  const object = decoded(context.registry, call.kind, result.object).value as AnyObject;
  object.metadata ??= {} as AnyObject["metadata"];
  checkIdentity(call, object);
  setManagedFields(object, managedFieldsEntries(result.managed));
  if (manager === "kubectl") keepLastApplied(object, config);
  return toStored(call.kind, object);
}

/** Where kubectl's client-side apply has left its annotation, it follows kubectl's server-side apply. Source: apimachinery `lastAppliedUpdater`. */
function keepLastApplied(object: AnyObject, config: Data): void {
  const { annotations } = object.metadata;
  if (!annotations?.[LAST_APPLIED]) return;
  const metadata = deepCopy(config.metadata) as { annotations?: Record<string, string> } | undefined;
  if (metadata?.annotations) delete metadata.annotations[LAST_APPLIED];
  annotations[LAST_APPLIED] = `${goJson({ ...config, ...(metadata && { metadata }) })}\n`;
}

/** What an apply must know of the kind of its configuration. */
export type ConfigurationKind = Pick<KindDefinition, "group" | "version" | "kind" | "schema" | "decode">;

/** In canonical form, and for built-in kinds without nulls. */
function decoded({ definitions }: Registry, kind: ConfigurationKind, value: Data): SchemaFindings & { value: unknown } {
  return kind.decode?.(value) ?? conform(definitions, kind.schema, value);
}

/**
 * Reads the configuration in the body of an apply to an object of `kind`: its nulls stay, as they are applied too. Throws BadRequest when it is of another
 * type, speaks of managed fields, or does not fit the schema.
 */
export async function readConfiguration(
  { registry }: RestContext,
  call: ResourceCall,
  kind: ConfigurationKind,
  { fieldValidation }: ApplyOptions,
  warnings: string[],
): Promise<Data> {
  const { value, findings } = await readYaml(call.request);
  if (value.apiVersion !== apiVersionOf(kind) || value.kind !== kind.kind) throw badRequest(`invalid object type: ${typeText(value)}`);
  if (isData(value.metadata) && Array.isArray(value.metadata.managedFields)) throw badRequest("metadata.managedFields must be nil");
  const errors = conformityErrors(mergeSchemaOf(registry.definitions, kind.schema), value);
  const { value: canonical, typeErrors } = decoded(registry, kind, value);
  const all = errors.length > 0 ? [conformityMessage(errors)] : typeErrors;
  if (all.length > 0) throw badRequest(`failed to create typed patch object (${objectText(value)}): ${all[0]}`);
  if (findings.length > 0 && fieldValidation === "Strict") throw badRequest(`error strict decoding YAML: ${findings[0]}`);
  if (fieldValidation === "Warn") warnings.push(...findings);
  return withNulls(value, canonical) as Data;
}

async function readYaml(request: ApiRequest): Promise<{ value: Data; findings: string[] }> {
  const body = await parse(Buffer.from(request.body).toString("utf8"));
  const { duplicates } = body;
  const value = body.value ?? {};
  if (!isData(value)) {
    const why = `json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type map[string]interface {}`;
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
  }
  const lines = duplicates.map((line) => `\n  ${line}`);
  return { value, findings: lines.length > 0 ? [`error converting YAML to JSON: yaml: unmarshal errors:${lines.join("")}`] : [] };
}

/** JSON is YAML, and what kubectl sends. */
async function parse(source: string): Promise<ParsedBody> {
  try {
    return parseJsonBody(source);
  } catch {
    return parseYaml(source).catch((error: unknown) => {
      throw badRequest(`error decoding YAML: error converting YAML to JSON: ${(error as Error).message}`);
    });
  }
}

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** A type as upstream prints it: `apps/v1, Kind=Deployment`. Source: apimachinery `schema.GroupVersionKind.String`. */
function typeText({ apiVersion, kind }: Data): string {
  const version = text(apiVersion);
  return `${version.includes("/") ? version : `/${version}`}, Kind=${text(kind)}`;
}

function objectText(value: Data): string {
  const metadata = isData(value.metadata) ? value.metadata : {};
  return `${text(metadata.namespace)}/${text(metadata.name)}; ${typeText(value)}`;
}

function uidOf({ metadata }: Data): string | undefined {
  return isData(metadata) && typeof metadata.uid === "string" ? metadata.uid || undefined : undefined;
}
