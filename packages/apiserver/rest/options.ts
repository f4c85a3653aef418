import { badRequest } from "@wherry/base";
import { notSupported } from "@wherry/machinery";
import { invalidOptions } from "../errors.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** The options of a create, update or patch. */
export interface WriteOptions {
  dryRun: boolean;
  fieldValidation: FieldValidation;
  fieldManager: string;
}

/** Reads the options of a write from its query. Throws Invalid, as upstream's validation of CreateOptions and its siblings does. */
export function writeOptions(query: URLSearchParams, kind: "CreateOptions" | "UpdateOptions" | "PatchOptions"): WriteOptions {
  return {
    dryRun: parseDryRun(query.getAll("dryRun"), kind),
    fieldValidation: parseFieldValidation(query.get("fieldValidation") ?? "", kind),
    fieldManager: query.get("fieldManager") ?? "",
  };
}

export function parseDryRun(values: readonly string[], kind: string): boolean {
  const given = values.filter(Boolean);
  const bad = given.filter((value) => value !== "All");
  if (bad.length > 0) throw invalidOptions(kind, [notSupported("dryRun", given, ["All"])]);
  return given.length > 0;
}

function parseFieldValidation(value: string, kind: string): FieldValidation {
  if (value === "") return "Warn";
  if (value === "Strict" || value === "Warn" || value === "Ignore") return value;
  throw invalidOptions(kind, [notSupported("fieldValidation", value, ["Ignore", "Strict", "Warn"])]);
}

/** A boolean of a query, as Go's strconv reads it; anything else that is not empty is true. Source: apimachinery `Convert_Slice_string_To_bool`. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "false" && value !== "0";
}

/** A whole number of a query, or undefined. Throws BadRequest for anything else. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === "") return undefined;
  if (!/^-?\d{1,15}$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value);
}
