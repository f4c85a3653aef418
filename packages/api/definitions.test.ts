import type { Schema } from "@wherry/machinery";
import { describe, expect, it } from "vitest";
import { definitions, kinds, registry } from "./index.ts";

const all = Object.entries(definitions);

/** Every schema inside a definition, with a path for messages. */
function* inside(schema: Schema, path: string): Generator<[string, Schema]> {
  yield [path, schema];
  for (const [name, p] of Object.entries(schema.properties ?? {})) yield* inside(p, `${path}.${name}`);
  if (schema.items) yield* inside(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* inside(schema.additionalProperties, `${path}{}`);
}

const everything = all.flatMap(([name, schema]) => [...inside(schema, name)]);
const resolved = (s: Schema | undefined): Schema | undefined => (s?.ref ? definitions[s.ref] : s);

describe("definitions", () => {
  it("refer to definitions that are there", () => {
    const dangling = everything.filter(([, s]) => s.ref && !definitions[s.ref]).map(([path, s]) => `${path} -> ${s.ref}`);
    expect(dangling).toEqual([]);
  });

  it("require properties that are there", () => {
    const wrong = everything.flatMap(([path, s]) =>
      (s.required ?? []).filter((key) => !s.properties?.[key]).map((key) => `${path}.${key}`),
    );
    expect(wrong).toEqual([]);
  });

  it("merge lists by properties of their items", () => {
    const wrong = everything.flatMap(([path, s]) => {
      const keys = [...(s.listMapKeys ?? []), ...(s.patchMergeKey ? [s.patchMergeKey] : [])];
      const item = resolved(s.items);
      // A list of plain values has no keys; upstream still names one for finalizers of an object.
      return keys.filter((key) => item?.properties && !item.properties[key]).map((key) => `${path}: ${key}`);
    });
    expect(wrong).toEqual([]);
  });

  it("give list-map keys only to lists of type map, and always", () => {
    const wrong = everything.filter(([, s]) => (s.listType === "map") !== Boolean(s.listMapKeys?.length)).map(([path]) => path);
    expect(wrong).toEqual([]);
  });

  it("carry no prose", () => {
    expect(everything.filter(([, s]) => "description" in s).map(([path]) => path)).toEqual([]);
  });

  it("have a schema, and one for its list if it has lists, for every served kind", () => {
    for (const kind of kinds) {
      expect(definitions[kind.schema]?.properties, kind.kind).toMatchObject({ metadata: { ref: expect.stringMatching(/ObjectMeta$/) } });
      if (!kind.virtual) expect(definitions[`${kind.schema}List`], kind.kind).toBeDefined();
    }
  });
});

describe("kinds", () => {
  it("are found by kind and by resource", () => {
    for (const kind of kinds) {
      const apiVersion = kind.group ? `${kind.group}/${kind.version}` : kind.version;
      expect(registry.byKind(apiVersion, kind.kind)).toBe(kind);
      expect(registry.byResource(kind.group, kind.version, kind.plural)).toBe(kind);
    }
  });

  it("share no short name, but with other versions of the same resource", () => {
    const named = kinds.flatMap((k) => [k.plural, k.singular, ...(k.shortNames ?? [])].map((name) => [name, k.plural] as const));
    const clashes = [...Map.groupBy(named, ([name]) => name)].filter(([, all]) => new Set(all.map(([, plural]) => plural)).size > 1);
    expect(clashes).toEqual([]);
  });

  it.each(kinds.map((k) => [k.kind, k] as const))("%s survives an object with nothing but a name", (_, kind) => {
    const object = { apiVersion: "v1", kind: kind.kind, metadata: { name: "x", uid: "", resourceVersion: "", creationTimestamp: "" } };
    kind.prepareForCreate?.(object, { now: 0 });
    kind.defaults?.(object);
    expect(Array.isArray(kind.validate?.(object) ?? [])).toBe(true);
  });
});
