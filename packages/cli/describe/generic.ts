import type { ApiObject } from "@wherry/machinery";
import { type Description, sortedKeys } from "./description.ts";
import { addEvents } from "./events.ts";
import { fieldTitle } from "./field-title.ts";
import { addLabels, addName } from "./metadata.ts";
import type { Surroundings } from "./surroundings.ts";

/** What is told at the top, or is no news. */
const SKIPPED = new Set([".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"]);

/** An object of a kind that nothing more is known of: all its fields. Source: kubectl pkg/describe/describe.go, `genericDescriber`. */
export async function describe(d: Description, object: ApiObject, around: Surroundings): Promise<void> {
  addName(d, object);
  addLabels(d, object);
  addFields(d, 0, object as unknown as Fields, "");
  await addEvents(d, object, around);
}

type Fields = Readonly<Record<string, unknown>>;

function addFields(d: Description, level: number, fields: Fields, prefix: string): void {
  for (const name of sortedKeys(fields)) {
    const path = `${prefix}.${name}`;
    if (!SKIPPED.has(path)) addField(d, level, fieldTitle(name), fields[name], path);
  }
}

function addField(d: Description, level: number, title: string, value: unknown, path: string): void {
  if (!isBranch(value)) {
    d.line(level, `${title}:`, plain(value));
    return;
  }
  d.line(level, `${title}:`);
  if (!Array.isArray(value)) {
    addFields(d, level + 1, value, path);
    return;
  }
  for (const item of value) {
    if (isBranch(item) && !Array.isArray(item)) addFields(d, level + 1, item, path);
    else d.line(level + 1, plain(item));
  }
}

const isBranch = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** As Go prints a value that nobody gave a form. */
function plain(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(plain).join(" ")}]`;
  if (isBranch(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${plain(value[key])}`)
      .join(" ")}]`;
  return String(value);
}
