import { badRequest } from "@wherry/base";
import { type FieldError, fieldManagerErrors, forbiddenField, notSupported, queryFlag, required } from "@wherry/machinery";
import { invalidOptions } from "../errors.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** The options of a create, update or patch. */
export interface WriteOptions {
  dryRun: boolean;
  fieldValidation: FieldValidation;
  fieldManager: string;
}

/**
 * Reads the options of a write from its query. Throws Invalid, as upstream's validation of CreateOptions and its siblings does. Source: apimachinery
 * `validation.ValidateCreateOptions`, `ValidatePatchOptions`.
 */
export function writeOptions(query: URLSearchParams, kind: "CreateOptions" | "UpdateOptions" | "PatchOptions"): WriteOptions {
  const force = kind === "PatchOptions" && query.has("force");
  return readOptions(query, kind, force ? [forbiddenField("force", "may not be specified for non-apply patch")] : []);
}

function readOptions(query: URLSearchParams, kind: string, found: readonly FieldError[]): WriteOptions {
  const dryRun = query.getAll("dryRun");
  const fieldManager = query.get("fieldManager") ?? "";
  const fieldValidation = query.get("fieldValidation") || "Warn";
  const errors = [
    ...found,
    ...fieldManagerErrors(fieldManager),
    ...dryRunErrors(dryRun),
    ...(isFieldValidation(fieldValidation) ? [] : [notSupported("fieldValidation", fieldValidation, ["", "Ignore", "Strict", "Warn"])]),
  ];
  if (errors.length > 0) throw invalidOptions(kind, errors);
  return { dryRun: dryRun.length > 0, fieldValidation: fieldValidation as FieldValidation, fieldManager };
}

/** The options of a server-side apply. */
export interface ApplyOptions extends WriteOptions {
  /** Takes over what others own. */
  force: boolean;
}

/** Reads the options of a server-side apply from its query. Throws Invalid. Source: apimachinery `validation.ValidatePatchOptions`. */
export function applyOptions(query: URLSearchParams): ApplyOptions {
  const missing = query.get("fieldManager") ? [] : [required("fieldManager", "is required for apply patch")];
  return { ...readOptions(query, "PatchOptions", missing), force: queryFlag(query, "force") };
}

/** What is wrong with the values of `dryRun`: only `All` is known. */
export function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.every((value) => value === "All") ? [] : [notSupported("dryRun", values, ["All"])];
}

function isFieldValidation(value: string): value is FieldValidation {
  return value === "Strict" || value === "Warn" || value === "Ignore";
}

/** A whole number of a query, or undefined. Throws BadRequest in the words of Go's strconv for anything else. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const refuse = (why: string) => badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: ${why}`);
  if (!/^[+-]?\d+$/.test(value)) throw refuse("invalid syntax");
  if (!Number.isSafeInteger(Number(value))) throw refuse("value out of range");
  return Number(value);
}
