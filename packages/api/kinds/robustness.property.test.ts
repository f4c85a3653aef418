import { type ApiObject, conform, deepCopy, type KindDefinition, type Schema } from "@wherry/machinery";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { definitions } from "../definitions.ts";
import { kinds } from "../registry.ts";

const MAX_DEPTH = 7;
const WORDS = ["", "a", "web", "A B", "..", "/x", "TCP", "Always", "None", "10.0.0.1", "1", "100m", "-5", "25%", "2026-01-01T00:00:00Z"];
const NUMBERS = [-1, 0, 1, 80, 70000, 2 ** 31 - 1];
const VALID_FORMATS: Readonly<Record<string, readonly string[]>> = {
  quantity: ["0", "100m", "1Gi", "-1", "1.5"],
  "date-time": ["2026-01-01T00:00:00Z"],
  byte: ["", "YWJj"],
};

/** Values that fit a schema: some members are left out, and lists are short. */
function valueFor(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const s = schema.ref ? (definitions[schema.ref] ?? {}) : schema;
  if (s.intOrString) return fc.constantFrom<unknown>(...NUMBERS, "web", "25%", "x%");
  switch (s.type) {
    case "object":
      return objectOf(s, depth);
    case "array":
      return depth <= 0 ? fc.constant([]) : fc.array(valueFor(s.items ?? {}, depth - 1), { maxLength: 2 });
    case "string":
      return fc.constantFrom(...(VALID_FORMATS[s.format ?? ""] ?? WORDS));
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return fc.constantFrom(...NUMBERS);
    default:
      return fc.constant({});
  }
}

function objectOf(s: Schema, depth: number): fc.Arbitrary<unknown> {
  if (depth <= 0) return fc.constant({});
  if (s.additionalProperties) {
    return fc.dictionary(fc.constantFrom("cpu", "memory", "a", "a/b", "../x"), valueFor(s.additionalProperties, depth - 1), { maxKeys: 2 });
  }
  const members = Object.entries(s.properties ?? {}).map(([key, p]) => [key, valueFor(p, depth - 1)] as const);
  return fc.record(Object.fromEntries(members), { requiredKeys: [] });
}

// Building the arbitrary of a big kind costs more than running it: it is made once per kind.
const memo = new Map<string, fc.Arbitrary<unknown>>();

function objectFor(kind: KindDefinition): fc.Arbitrary<ApiObject> {
  const { metadata: _, ...own } = definitions[kind.schema]?.properties ?? {};
  const parts = Object.fromEntries(
    Object.entries(own).map(([key, p]) => {
      const id = `${kind.kind}.${key}`;
      if (!memo.has(id)) memo.set(id, valueFor(p, MAX_DEPTH));
      return [key, memo.get(id)!];
    }),
  );
  return fc.record(parts, { requiredKeys: [] }).map((value) => {
    const metadata = { name: "x", namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
    return conform(definitions, kind.schema, { ...value, metadata }).value as ApiObject;
  });
}

function create(kind: KindDefinition, object: ApiObject): ApiObject {
  kind.prepareForCreate?.(object, { now: 0 });
  kind.defaults?.(object);
  return object;
}

describe.each(kinds.map((k) => [k.kind, k] as const))("any %s that fits its schema", (_, kind) => {
  beforeAll(() => kind.load?.());

  it("is defaulted once and for all, and validated without a crash", () => {
    fc.assert(
      fc.property(objectFor(kind), (object) => {
        create(kind, object);
        const again = deepCopy(object);
        kind.defaults?.(again);
        expect(again).toEqual(object);
        for (const error of kind.validate?.(object) ?? []) expect(error.message).not.toBe("");
        kind.warnings?.(object);
      }),
      { numRuns: 60 },
    );
  });

  it("can follow any other, and leaves that as it is", () => {
    fc.assert(
      fc.property(objectFor(kind), objectFor(kind), fc.constantFrom(undefined, "status"), (next, prev, subresource) => {
        create(kind, prev);
        const frozen = JSON.stringify(prev);
        const context = { now: 0, ...(subresource && { subresource }) };
        kind.prepareForUpdate?.(next, prev, context);
        kind.defaults?.(next);
        kind.validate?.(next);
        kind.validateUpdate?.(next, prev, context);
        expect(JSON.stringify(prev)).toBe(frozen);
      }),
      { numRuns: 60 },
    );
  });

  it("can be printed and selected when it is valid", () => {
    fc.assert(
      fc.property(objectFor(kind), (object) => {
        create(kind, object);
        if ((kind.validate?.(object) ?? []).length > 0) return;
        for (const column of kind.columns) expect(column.value(object, 0)).not.toBeUndefined();
        for (const read of Object.values(kind.selectableFields ?? {})) expect(typeof read(object)).toBe("string");
      }),
      { numRuns: 100 },
    );
  });
});
