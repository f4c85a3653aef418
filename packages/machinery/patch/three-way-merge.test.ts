import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { semanticEqual } from "../deep-equal.ts";
import type { Definitions } from "../schema.ts";
import { lastAppliedOf, withLastApplied } from "./last-applied.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { applyStrategicMergePatch } from "./strategic-merge.ts";
import { threeWayMergePatch } from "./three-way-merge.ts";

const definitions: Definitions = {
  Doc: {
    type: "object",
    properties: {
      text: { type: "string" },
      labels: { type: "object", additionalProperties: { type: "string" } },
      atoms: { type: "array", items: { type: "string" } },
      set: { type: "array", items: { type: "string" }, patchStrategy: "merge" },
      items: { type: "array", items: { ref: "Doc" }, patchStrategy: "merge", patchMergeKey: "name" },
      union: { ref: "Doc", patchStrategy: "retainKeys" },
      unions: { type: "array", items: { ref: "Doc" }, patchStrategy: "merge,retainKeys", patchMergeKey: "name" },
      whole: { ref: "Doc", patchStrategy: "replace" },
    },
  },
};
const diff = (original: object | undefined, modified: object, current: object) =>
  threeWayMergePatch(original, modified, current, "Doc", definitions);
const apply = (doc: object, patch: object) => applyStrategicMergePatch<object>(doc, patch, "Doc", definitions);

describe("threeWayMergePatch", () => {
  it("is empty when all is said", () => {
    expect(diff({ text: "a" }, { text: "a" }, { text: "a", added: 1, items: [{ name: "x" }] })).toEqual({});
  });

  it("removes what is no longer said, and leaves alone what others set", () => {
    expect(
      diff({ text: "a", labels: { a: "1", b: "2" } }, { labels: { a: "1" } }, { text: "a", labels: { a: "1", b: "2", own: "3" } }),
    ).toEqual({
      text: null,
      labels: { b: null },
    });
  });

  it("removes nothing that is gone already", () => {
    expect(diff({ text: "a" }, {}, {})).toEqual({});
  });

  it("writes directives for lists", () => {
    const original = { items: [{ name: "a" }, { name: "b" }], set: ["x", "y"] };
    const modified = { items: [{ name: "c" }, { name: "a", text: "1" }], set: ["y", "z"] };
    expect(diff(original, modified, { ...original, set: ["x", "y", "own"] })).toEqual({
      "$setElementOrder/items": [{ name: "c" }, { name: "a" }],
      items: [{ name: "c" }, { name: "a", text: "1" }, { name: "b", $patch: "delete" }],
      "$setElementOrder/set": ["y", "z"],
      "$deleteFromPrimitiveList/set": ["x"],
      set: ["z"],
    });
  });

  it("names the keys that stay where one member of a union displaces another", () => {
    const patch = diff({ union: { a: 1 } }, { union: { b: 1 } }, { union: { a: 1, default: 2 } });
    expect(patch).toEqual({ union: { a: null, b: 1, $retainKeys: ["b"] } });
    expect(apply({ union: { a: 1, default: 2 } }, patch)).toEqual({ union: { b: 1 } });
  });

  it("replaces a list whose key is not unique", () => {
    const port = (protocol: string, extra = {}) => ({ name: "53", protocol, ...extra });
    const current = { items: [port("TCP", { nodePort: 1 }), port("UDP", { nodePort: 2 })] };
    expect(diff(undefined, { items: [port("TCP"), port("UDP")] }, current)).toEqual({});
    const patch = diff(undefined, { items: [port("UDP"), port("TCP")] }, current);
    expect(apply(current, patch)).toEqual({ items: [port("UDP"), port("TCP")] });
  });

  const word = fc.constantFrom("a", "b", "c", "d");
  const set = fc.uniqueArray(word);
  const leaf = { text: word, labels: fc.dictionary(word, word), atoms: fc.array(word), set };
  const data = fc.letrec((tie) => {
    const list = fc.uniqueArray(fc.record({ name: word, sub: tie("doc") }, { requiredKeys: ["name"] }), {
      selector: (item) => item.name,
      maxLength: 4,
    });
    const items = list.map((all) => all.map(({ name, sub }) => ({ ...(sub as object), name })));
    return {
      doc: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.record(leaf, { requiredKeys: [] }),
        fc.record({ ...leaf, items, unions: items, union: tie("doc"), whole: tie("doc") }, { requiredKeys: [] }),
      ),
    };
  }).doc as fc.Arbitrary<object>;

  it("applied to what was applied before, gives what was asked for", () => {
    fc.assert(
      fc.property(data, data, (current, modified) => {
        const patch = diff(current, modified, current);
        const result = apply(current, patch);
        expect(semanticEqual(result, modified), JSON.stringify({ patch, result })).toBe(true);
        expect(diff(modified, modified, result)).toEqual({});
      }),
      { numRuns: 500 },
    );
  });

  it("settles in one step, whatever others did", () => {
    fc.assert(
      fc.property(data, data, data, (original, modified, current) => {
        const result = apply(current, diff(original, modified, current));
        expect(diff(modified, modified, result)).toEqual({});
      }),
      { numRuns: 500 },
    );
  });

  it("is a plain merge patch where there is no schema", () => {
    const plain = fc.dictionary(word, fc.oneof(word, fc.array(word), fc.dictionary(word, word)));
    fc.assert(
      fc.property(plain, plain, (current, modified) => {
        const patch = threeWayMergePatch(current, modified, current, "none", {});
        expect(applyMergePatch<object>(current, patch)).toEqual(modified);
      }),
    );
  });
});

describe("the last applied configuration", () => {
  it("is written as kubectl writes it, and read back", () => {
    const manifest = { kind: "X", apiVersion: "v1", metadata: { name: "a" }, data: { z: "<&>", a: 1 } };
    const applied = withLastApplied(manifest);
    expect((applied.metadata as { annotations?: Record<string, string> }).annotations).toEqual({
      "kubectl.kubernetes.io/last-applied-configuration":
        '{"apiVersion":"v1","data":{"a":1,"z":"\\u003c\\u0026\\u003e"},"kind":"X","metadata":{"annotations":{},"name":"a"}}\n',
    });
    expect(lastAppliedOf(applied)).toEqual({ ...manifest, metadata: { name: "a", annotations: {} } });
    expect(withLastApplied(applied)).toEqual(applied);
    expect(manifest.metadata).toEqual({ name: "a" });
  });

  it("is none when it is absent or broken", () => {
    expect(lastAppliedOf({ metadata: {} })).toBeUndefined();
    expect(lastAppliedOf({ metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{" } } })).toBeUndefined();
  });
});
