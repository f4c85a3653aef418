import { type ApiObject, conform, deepCopy, type KindDefinition, type NewObject, type WriteContext } from "@wherry/machinery";
import { definitions } from "../definitions.ts";

/** What tests of kinds hand in: any JSON. */
export type Input = { metadata?: object } & Record<string, unknown>;

const NOW = Date.UTC(2026, 0, 1);

/** The object as it would be stored: decoded, prepared, defaulted. Throws when it does not fit the schema. */
export function created<O extends ApiObject>(kind: KindDefinition<O>, input: Input, context: Partial<WriteContext> = {}): O {
  const { value, unknown, typeErrors } = conform(definitions, kind.schema, { ...input, metadata: { name: "x", ...input.metadata } });
  if (unknown.length > 0 || typeErrors.length > 0) throw new Error([...unknown, ...typeErrors].join("; "));
  const object = value as O;
  kind.prepareForCreate?.(object, { now: NOW, ...context });
  kind.defaults?.(object);
  return object;
}

/** What is wrong with a new object, as `path: message`. */
export function findings<O extends ApiObject>(kind: KindDefinition<O>, input: Input): string[] {
  const object = created(kind, input);
  return [...(kind.validate?.(object) ?? []), ...(kind.validateCreate?.(object) ?? [])].map((e) => `${e.field}: ${e.message}`);
}

/** The object after an update through the kind's hooks, and what is wrong with it. `prev` is left as it is. */
export function updated<O extends ApiObject>(
  kind: KindDefinition<O>,
  prev: O,
  change: (draft: O) => void,
  subresource?: string,
): { object: O; errors: string[] } {
  const object = deepCopy(prev);
  change(object);
  const frozen = JSON.stringify(prev);
  const context = { now: NOW, ...(subresource && { subresource }) };
  kind.prepareForUpdate?.(object, prev, context);
  kind.defaults?.(object);
  const errors = [...(kind.validate?.(object) ?? []), ...(kind.validateUpdate?.(object, prev, context) ?? [])];
  if (JSON.stringify(prev) !== frozen) throw new Error("the stored object was changed");
  return { object, errors: errors.map((e) => `${e.field}: ${e.message}`) };
}

/** Cells by column name, as printed at `now`. */
export function cells<O extends ApiObject>(kind: KindDefinition<O>, object: O | NewObject<O>, now = NOW): Record<string, unknown> {
  return Object.fromEntries(kind.columns.map((c) => [c.name, c.value(object as O, now)]));
}
