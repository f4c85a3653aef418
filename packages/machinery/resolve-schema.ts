import type { Definitions, Schema } from "./schema.ts";

const UNKNOWN: Schema = {};

/** Follows references to the schema that has the fields. An unknown name gives an empty schema. */
export function resolveSchema(definitions: Definitions, schema: Schema | undefined): Schema {
  let at = schema;
  // References are one or two steps deep; the bound only stops a cycle of them.
  for (let i = 0; at?.ref !== undefined && i < 16; i++) at = Object.hasOwn(definitions, at.ref) ? definitions[at.ref] : undefined;
  return at ?? UNKNOWN;
}
