import { badRequest } from "@wherry/base";
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type Definitions,
  fromStored,
  goText,
  invalid,
  jsonTypeOf,
  type KindDefinition,
  type TypeWords,
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
  /** Gives a new value; throws a StatusError when the patch cannot be read or applied. */
  apply(current: object, schema: string, definitions: Definitions): unknown;
  /** What strict decoding refuses in the patch itself. */
  readonly duplicates: readonly string[];
  /** What an error shows when the outcome is no object of its kind. */
  shown(patched: unknown): string;
  /** Whose words tell of its wrong types. */
  words: TypeWords;
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
  const { object, error, findings } = decode(registry, kind, body, validation !== "Ignore", given.words);
  if (error !== undefined) throw refuse(error);
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

/** The patch in a body. As upstream, it is not read before there is something to patch. */
export function readPatch(request: ApiRequest, type: string): Patch {
  let read: ParsedBody | undefined;
  const body = () => {
    read ??= parsePatch(request, type);
    return read;
  };
  const asJson: Pick<Patch, "shown" | "words"> = { shown: (result) => JSON.stringify(result), words: "decoder" };
  if (type === JSON_PATCH)
    return {
      apply: (current) => applyJsonPatch(current, body().value),
      get duplicates() {
        return strictOperations(body());
      },
      ...asJson,
    };
  const merge: Pick<Patch, "duplicates"> = {
    get duplicates() {
      return body().duplicates;
    },
  };
  if (type === MERGE_PATCH) return Object.assign(merge, { apply: (current: object) => applyMergePatch(current, body().value), ...asJson });
  return Object.assign(merge, {
    apply: (current: object, schema: string, definitions: Definitions) =>
      applyStrategicMergePatch(current, body().value, schema, definitions),
    shown: () => goText(body().value),
    words: "converter" as const,
  });
}

/** Throws BadRequest. Source of the words: apiserver `handlers.jsonPatcher`, `handlers.strategicPatchObject`. */
function parsePatch(request: ApiRequest, type: string): ParsedBody {
  const undecodable = (why: string) => badRequest(type === STRATEGIC_PATCH ? why : `error decoding patch: ${why}`);
  let body: ParsedBody;
  try {
    body = parseJsonBody(Buffer.from(request.body).toString("utf8"));
  } catch (error) {
    throw undecodable(error instanceof Error ? error.message : String(error));
  }
  if (type === JSON_PATCH ? Array.isArray(body.value) : isData(body.value)) return body;
  const wanted = type === JSON_PATCH ? "[]interface {}" : "map[string]interface {}";
  throw undecodable(`json: cannot unmarshal ${jsonTypeOf(body.value)} into Go value of type ${wanted}`);
}

const OPERATION_FIELDS: ReadonlySet<string> = new Set(["op", "path", "from", "value"]);

/** What strict decoding refuses in the operations themselves. Source: apiserver `handlers.jsonPatcher.applyJSPatch`. */
function strictOperations({ value: operations, duplicates }: ParsedBody): string[] {
  const list = Array.isArray(operations) ? operations : [];
  const unknown = list.flatMap((operation: unknown, i) => {
    const names = isData(operation) ? Object.keys(operation).filter((name) => !OPERATION_FIELDS.has(name)) : [];
    return names.map((name) => `unknown field ${JSON.stringify(`[${i}].${name}`)}`);
  });
  return [...duplicates, ...unknown].map((finding) => `json patch ${finding}`);
}
