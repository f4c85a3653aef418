import { badRequest, failure, type StatusError } from "@wherry/base";
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type Definitions,
  fromStored,
  parseJson,
  toStored,
  warningsAs,
} from "@wherry/machinery";
import { unsupportedMediaType } from "../errors.ts";
import type { ApiRequest, ApiResponse } from "../exchange.ts";
import { answerObject } from "./answer.ts";
import { mediaType, type ParsedBody } from "./body.ts";
import type { AnyObject, ResourceCall, RestContext } from "./context.ts";
import { checkedObject } from "./field-validation.ts";
import { modify } from "./modify.ts";
import { writeOptions } from "./options.ts";
import { checkIdentity, writeOf } from "./update.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
const APPLY_PATCH = "application/apply-patch+yaml";
const PATCH_TYPES = [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH];

/** A patch as a function. It gives a new value and throws a StatusError when it cannot be applied. */
export type PatchFunction = (current: object, schema: string, definitions: Definitions) => unknown;

/** Patches an object, or its status. */
export async function patch(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const options = writeOptions(call.request.query, "PatchOptions");
  const warnings: string[] = [];
  const { apply, parsed } = readPatch(call.request);
  const { definitions } = context.registry;
  let found: string[] = [];
  const change = (current: AnyObject) => {
    found = [];
    const value = apply(fromStored(call.kind, current), call.kind.schema, definitions);
    const body: ParsedBody = options.fieldValidation === "Ignore" ? { value, duplicates: [] } : { value, duplicates: parsed.duplicates };
    const wanted = checkedObject(definitions, call.kind, body, options.fieldValidation, found);
    checkIdentity(call, wanted);
    const stored = toStored(call.kind, wanted);
    found.push(...warningsAs(call.kind, stored));
    return stored;
  };
  const { bytes } = await modify(context, writeOf(call, options.dryRun, warnings), change);
  return answerObject(context, call, bytes, { warnings: [...warnings, ...found] });
}

/** Reads the patch in a body. Throws UnsupportedMediaType or BadRequest. */
export function readPatch(request: ApiRequest): { apply: PatchFunction; parsed: ParsedBody } {
  const type = mediaType(request);
  if (type === APPLY_PATCH) throw noServerSideApply();
  if (!PATCH_TYPES.includes(type)) throw unsupportedMediaType(PATCH_TYPES);
  const parsed = parsePatch(request);
  const { value } = parsed;
  if (type === JSON_PATCH) return { parsed, apply: (current) => applyJsonPatch(current, value) };
  if (type === MERGE_PATCH) return { parsed, apply: (current) => applyMergePatch(current, value) };
  return { parsed, apply: (current, schema, definitions) => applyStrategicMergePatch(current, value, schema, definitions) };
}

function parsePatch(request: ApiRequest): ParsedBody {
  try {
    return parseJson(Buffer.from(request.body).toString("utf8"));
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function noServerSideApply(): StatusError {
  return failure(
    415,
    "UnsupportedMediaType",
    `server-side apply (${APPLY_PATCH}) is not served yet: use client-side apply, or one of these patches: ${PATCH_TYPES.join(", ")}`,
  );
}
