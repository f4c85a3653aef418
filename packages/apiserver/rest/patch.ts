import { badRequest } from "@wherry/base";
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type Definitions,
  fromStored,
  goText,
  invalid,
  type KindDefinition,
  toStored,
} from "@wherry/machinery";
import { isData } from "@wherry/machinery/data.ts";
import { invalidObject, unsupportedMediaType } from "../errors.ts";
import type { ApiRequest, ApiResponse } from "../exchange.ts";
import { answerObject } from "./answer.ts";
import { apply } from "./apply.ts";
import { mediaType, type ParsedBody, parseJsonBody } from "./body.ts";
import type { AnyObject, ResourceCall, RestContext } from "./context.ts";
import { ownerOf } from "./field-owner.ts";
import { decode, strictError } from "./field-validation.ts";
import { modify } from "./modify.ts";
import { type FieldValidation, writeOptions } from "./options.ts";
import { dropDuplicateOwners } from "./owners.ts";
import { checkIdentity, writeOf } from "./update.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
/** Server-side apply. */
export const APPLY_PATCH = "application/apply-patch+yaml";
const PATCH_TYPES = [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH];

/** A patch that was read. */
export interface Patch {
  /** Gives a new value; throws a StatusError when the patch cannot be applied. */
  apply(current: object, schema: string, definitions: Definitions): unknown;
  /** What strict decoding refuses in the patch itself. */
  readonly duplicates: readonly string[];
  /** What an error shows when the outcome is no object of its kind. */
  shown(patched: unknown): string;
}

/** Patches an object, or its status. */
export async function patch(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const type = patchType(call.request, call.kind);
  if (type === APPLY_PATCH) return apply(context, call);
  const options = writeOptions(call.request.query, "PatchOptions");
  const warnings: string[] = [];
  const given = readPatch(call.request, type);
  let found: string[] = [];
  const change = (current: AnyObject) => {
    found = [];
    const wanted = patched(context, call, given, fromStored(call.kind, current), options.fieldValidation, found);
    checkIdentity(call, wanted);
    dropDuplicateOwners(wanted, found, " after mutating admission happens");
    return toStored(call.kind, wanted);
  };
  const write = { ...writeOf(call, options.dryRun, warnings), owner: ownerOf(call, options.fieldManager) };
  const modified = await modify(context, write, change);
  return answerObject(context, call, modified.bytes, { warnings: [...warnings, ...found, ...modified.warnings] });
}

/** The object that a patch makes. Throws Invalid when it is none; the wording is that of apiserver `handlers.applyPatchToObject`. */
function patched(
  { registry }: RestContext,
  { kind }: ResourceCall,
  given: Patch,
  current: AnyObject,
  validation: FieldValidation,
  warnings: string[],
): AnyObject {
  const value = given.apply(current, kind.schema, registry.definitions);
  const body: ParsedBody = { value, duplicates: given.duplicates };
  const refuse = (why: string) => invalidObject({ group: "", kind: "" }, "", [invalid("patch", given.shown(value), why)]);
  const { object, typeError, findings } = decode(registry, kind, body, validation !== "Ignore");
  if (typeError !== undefined) throw refuse(typeError);
  if (findings.length > 0 && validation === "Strict") throw refuse(strictError(body, findings));
  warnings.push(...findings);
  return object;
}

/** The kind of a patch. Custom objects have no strategic merge. Throws UnsupportedMediaType. */
export function patchType(request: ApiRequest, kind?: Pick<KindDefinition, "custom">): string {
  const type = mediaType(request);
  const types = kind?.custom ? PATCH_TYPES.filter((one) => one !== STRATEGIC_PATCH) : PATCH_TYPES;
  if (!types.includes(type)) throw unsupportedMediaType(types);
  return type;
}

/** Reads the patch in a body. Throws BadRequest. */
export function readPatch(request: ApiRequest, type: string): Patch {
  const parsed = parsePatch(request);
  const { value } = parsed;
  const asText = (result: unknown) => JSON.stringify(result);
  if (type === JSON_PATCH)
    return { apply: (current) => applyJsonPatch(current, value), duplicates: strictOperations(value, parsed.duplicates), shown: asText };
  const { duplicates } = parsed;
  if (type === MERGE_PATCH) return { apply: (current) => applyMergePatch(current, value), duplicates, shown: asText };
  return {
    apply: (current, schema, definitions) => applyStrategicMergePatch(current, value, schema, definitions),
    duplicates,
    shown: () => goText(value),
  };
}

function parsePatch(request: ApiRequest): ParsedBody {
  try {
    return parseJsonBody(Buffer.from(request.body).toString("utf8"));
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const OPERATION_FIELDS: ReadonlySet<string> = new Set(["op", "path", "from", "value"]);

/** What strict decoding refuses in the operations themselves. Source: apiserver `handlers.jsonPatcher.applyJSPatch`. */
function strictOperations(operations: unknown, duplicates: readonly string[]): string[] {
  const list = Array.isArray(operations) ? operations : [];
  const unknown = list.flatMap((operation: unknown, i) => {
    const names = isData(operation) ? Object.keys(operation).filter((name) => !OPERATION_FIELDS.has(name)) : [];
    return names.map((name) => `unknown field ${JSON.stringify(`[${i}].${name}`)}`);
  });
  return [...duplicates, ...unknown].map((finding) => `json patch ${finding}`);
}
