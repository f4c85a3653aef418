import { definitions } from "@wherry/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deepCopy } from "../deep-copy.ts";
import { decodeStructural } from "./decode.ts";
import { defaultStructural } from "./default.ts";
import type { JsonSchema } from "./json-schema.ts";
import { pruneStructural } from "./prune.ts";

const schema: JsonSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      default: {},
      properties: {
        a: { type: "integer", default: 1 },
        n: { type: "string", nullable: true, default: "x" },
        gone: { type: "string" },
        map: { type: "object", additionalProperties: { type: "object", properties: { k: { type: "string", default: "v" } } } },
        list: { type: "array", items: { type: "object", properties: { k: { type: "string", default: "v" } } } },
        free: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { p: { type: "object", properties: { q: { type: "string" } } } },
        },
        any: { "x-kubernetes-preserve-unknown-fields": true },
        port: { "x-kubernetes-int-or-string": true },
        pod: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          properties: { spec: { type: "object", properties: { x: { type: "string" } } } },
        },
      },
    },
  },
};
const pruned = (spec: unknown) => {
  const value = { apiVersion: "v1", kind: "K", metadata: { name: "x", odd: 1 }, spec };
  const removed = pruneStructural(schema, value);
  return { removed, spec: value.spec };
};
const defaulted = (value: Record<string, unknown>) => {
  defaultStructural(schema, value);
  return value;
};

describe("pruning", () => {
  it("takes what the schema does not have, at every depth", () => {
    expect(pruned({ a: 1, b: 2, map: { x: { k: "", o: 1 } }, list: [{ k: "" }, { o: { p: 1 } }] })).toEqual({
      removed: ["spec.b", "spec.map.x.o", "spec.list[1].o"],
      spec: { a: 1, map: { x: { k: "" } }, list: [{ k: "" }, {}] },
    });
  });

  it("keeps what may be anything, except where the schema says what it is", () => {
    const free = { z: { y: [{ x: 1 }] }, p: { q: "", r: 1 } };
    expect(pruned({ free, any: [{ a: 1 }], port: "50%" })).toEqual({
      removed: ["spec.free.p.r"],
      spec: { free: { z: { y: [{ x: 1 }] }, p: { q: "" } }, any: [{ a: 1 }], port: "50%" },
    });
  });

  it("knows the type and metadata of embedded resources, and decoding coerces them", () => {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p", odd: 1 }, spec: { x: "", y: 1 }, status: {} };
    expect(pruned({ pod: deepCopy(pod) }).removed).toEqual(["spec.pod.spec.y", "spec.pod.status"]);
    const value = { apiVersion: "v1", kind: "K", metadata: { name: "x", odd: 1, labels: { a: "b" } }, spec: { pod } };
    expect(decodeStructural(schema, definitions, value)).toEqual({
      value: {
        apiVersion: "v1",
        kind: "K",
        metadata: { name: "x", labels: { a: "b" } },
        spec: { pod: { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { x: "" } } },
      },
      unknown: ["metadata.odd", "spec.pod.metadata.odd", "spec.pod.spec.y", "spec.pod.status"],
      typeErrors: [],
    });
  });

  it("finds metadata of a wrong type", () => {
    const value = { metadata: { labels: { a: 1 } } };
    expect(decodeStructural(schema, definitions, value).typeErrors[0]).toContain("cannot unmarshal number");
  });
});

describe("defaults", () => {
  it("fill what is absent, also in what they brought themselves", () => {
    expect(defaulted({})).toEqual({ spec: { a: 1, n: "x" } });
    expect(defaulted({ spec: { map: { x: {} }, list: [{}, { k: "own" }] } })).toEqual({
      spec: { a: 1, n: "x", map: { x: { k: "v" } }, list: [{ k: "v" }, { k: "own" }] },
    });
  });

  it("take the place of a null that may not be one, or it goes", () => {
    expect(defaulted({ spec: { a: null, n: null, gone: null } })).toEqual({ spec: { a: 1, n: null } });
  });

  it("are copies", () => {
    const first = defaulted({}) as { spec: { a: number } };
    first.spec.a = 9;
    expect(defaulted({})).toEqual({ spec: { a: 1, n: "x" } });
  });
});

/** Schemas that are structural, and values that fit them here and there. */
const schemas = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<JsonSchema>({ type: "string" }, { type: "integer", default: 3 }, { type: "string", nullable: true, default: "d" }),
    fc.constant<JsonSchema>({ "x-kubernetes-preserve-unknown-fields": true }),
    fc.record({ type: fc.constant("array"), items: tie("schema") }),
    fc.record({ type: fc.constant("object"), additionalProperties: tie("schema") }),
    fc.record({ type: fc.constant("object"), properties: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("schema")) }),
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(fc.constantFrom("a", "b"), tie("schema")),
      "x-kubernetes-preserve-unknown-fields": fc.constant(true),
    }),
  ),
})).schema;
const values = fc.dictionary(
  fc.constantFrom("a", "b", "c", "d"),
  fc.jsonValue({ depthSize: "small" }).map((value) => value as unknown),
);

describe("of any schema and value", () => {
  it("pruning and defaulting are done after one time", () => {
    fc.assert(
      fc.property(schemas, values, (of, value) => {
        const root: JsonSchema = { type: "object", properties: { a: of, b: of } };
        pruneStructural(root, value);
        const once = deepCopy(value);
        expect(pruneStructural(root, value)).toEqual([]);
        expect(value).toEqual(once);
        defaultStructural(root, value);
        const filled = deepCopy(value);
        defaultStructural(root, value);
        expect(value).toEqual(filled);
        // What defaults bring was allowed: nothing of it is taken again.
        expect(pruneStructural(root, value)).toEqual([]);
      }),
    );
  });
});
