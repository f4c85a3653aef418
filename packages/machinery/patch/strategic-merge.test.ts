import { describe, expect, it } from "vitest";
import type { Definitions } from "../schema.ts";
import { applyStrategicMergePatch } from "./strategic-merge.ts";

const definitions: Definitions = {
  Pod: {
    type: "object",
    properties: {
      metadata: { ref: "Meta" },
      containers: { type: "array", items: { ref: "Container" }, patchStrategy: "merge", patchMergeKey: "name" },
      volumes: { type: "array", items: { ref: "Volume" }, patchStrategy: "merge,retainKeys", patchMergeKey: "name" },
      strategy: { ref: "Strategy", patchStrategy: "retainKeys" },
      selector: { ref: "Selector", patchStrategy: "replace" },
      tolerations: { type: "array", items: { type: "object" } },
    },
  },
  Meta: {
    type: "object",
    properties: {
      labels: { type: "object", additionalProperties: { type: "string" } },
      finalizers: { type: "array", items: { type: "string" }, patchStrategy: "merge" },
    },
  },
  Container: {
    type: "object",
    properties: {
      name: { type: "string" },
      env: { type: "array", items: { type: "object", properties: {} }, patchStrategy: "merge", patchMergeKey: "name" },
      args: { type: "array", items: { type: "string" } },
    },
  },
  Volume: { type: "object" },
  Strategy: { type: "object" },
  Selector: { type: "object" },
};
const apply = (doc: object, patch: object) => applyStrategicMergePatch<object>(doc, patch, "Pod", definitions);
const named = (...names: string[]) => names.map((name) => ({ name }));

describe("applyStrategicMergePatch", () => {
  it.each<[string, object, object, object]>([
    [
      "merges objects",
      { metadata: { labels: { a: "1", b: "2" } } },
      { metadata: { labels: { b: "3", c: "4" } } },
      { metadata: { labels: { a: "1", b: "3", c: "4" } } },
    ],
    [
      "deletes with null",
      { metadata: { labels: { a: "1", b: "2" } } },
      { metadata: { labels: { a: null } } },
      { metadata: { labels: { b: "2" } } },
    ],
    ["drops nulls of new objects", {}, { metadata: { labels: { a: null, b: "1" } } }, { metadata: { labels: { b: "1" } } }],
    ["replaces atomic lists", { tolerations: [{ key: "a" }] }, { tolerations: [{ key: "b" }] }, { tolerations: [{ key: "b" }] }],
    [
      "merges lists of objects by their key",
      {
        containers: [
          { name: "a", image: "1", args: ["x"] },
          { name: "b", image: "1" },
        ],
      },
      { containers: [{ name: "b", image: "2" }] },
      {
        containers: [
          { name: "a", image: "1", args: ["x"] },
          { name: "b", image: "2" },
        ],
      },
    ],
    [
      "puts new items first, as upstream does without an order",
      { containers: named("a") },
      { containers: named("b") },
      { containers: named("b", "a") },
    ],
    [
      "puts the patch's items in its order",
      { containers: named("a", "b", "c") },
      { containers: named("c", "a") },
      { containers: named("b", "c", "a") },
    ],
    [
      "merges lists within lists",
      { containers: [{ name: "a", env: [{ name: "X", value: "1" }] }] },
      { containers: [{ name: "a", env: [{ name: "X", value: "2" }] }] },
      { containers: [{ name: "a", env: [{ name: "X", value: "2" }] }] },
    ],
    ["deletes an item", { containers: named("a", "b") }, { containers: [{ name: "a", $patch: "delete" }] }, { containers: named("b") }],
    [
      "replaces a list",
      { containers: named("a", "b") },
      { containers: [{ name: "c" }, { $patch: "replace" }] },
      { containers: named("c") },
    ],
    ["empties a list", { containers: named("a", "b") }, { containers: [{ $patch: "replace" }] }, { containers: [] }],
    [
      "replaces an object",
      { metadata: { labels: { a: "1" } } },
      { metadata: { labels: { $patch: "replace", b: "2" } } },
      { metadata: { labels: { b: "2" } } },
    ],
    [
      "empties an object",
      { metadata: { labels: { a: "1" } } },
      { metadata: { labels: { $patch: "delete" } } },
      { metadata: { labels: {} } },
    ],
    ["makes nothing of the deletion of nothing", { metadata: {} }, { metadata: { labels: { $patch: "delete" } } }, { metadata: {} }],
    [
      "merges when told so",
      { metadata: { labels: { a: "1" } } },
      { metadata: { labels: { $patch: "merge", b: "2" } } },
      { metadata: { labels: { a: "1", b: "2" } } },
    ],
    ["honours the strategy replace", { selector: { a: "1" } }, { selector: { b: "2" } }, { selector: { b: "2" } }],
    [
      "joins lists of scalars",
      { metadata: { finalizers: ["a", "b"] } },
      { metadata: { finalizers: ["b", "c"] } },
      { metadata: { finalizers: ["a", "b", "c"] } },
    ],
    [
      "deletes scalars",
      { metadata: { finalizers: ["a", "b", "c"] } },
      { metadata: { "$deleteFromPrimitiveList/finalizers": ["b", "x"] } },
      { metadata: { finalizers: ["a", "c"] } },
    ],
    [
      "orders scalars",
      { metadata: { finalizers: ["a", "b", "own"] } },
      { metadata: { "$setElementOrder/finalizers": ["b", "c", "a"], finalizers: ["c"] } },
      { metadata: { finalizers: ["b", "c", "a", "own"] } },
    ],
    [
      "orders objects, and keeps others' items in place",
      { containers: named("a", "own", "b") },
      { "$setElementOrder/containers": named("b", "a") },
      { containers: named("own", "b", "a") },
    ],
    [
      "orders, changes, adds and deletes at once",
      { containers: [{ name: "a", image: "1" }, { name: "b" }, { name: "own" }] },
      {
        "$setElementOrder/containers": named("c", "a"),
        containers: [{ name: "c" }, { name: "a", image: "2" }, { name: "b", $patch: "delete" }],
      },
      { containers: [{ name: "c" }, { name: "a", image: "2" }, { name: "own" }] },
    ],
    ["ignores an order without a list", {}, { "$setElementOrder/containers": named("a") }, {}],
    [
      "retains keys",
      { strategy: { type: "RollingUpdate", rollingUpdate: {} } },
      { strategy: { $retainKeys: ["type"], type: "Recreate" } },
      { strategy: { type: "Recreate" } },
    ],
    [
      "retains keys in items",
      { volumes: [{ name: "v", emptyDir: {} }] },
      { volumes: [{ name: "v", hostPath: { path: "/" }, $retainKeys: ["name", "hostPath"] }] },
      { volumes: [{ name: "v", hostPath: { path: "/" } }] },
    ],
    ["takes a list where there was something else", { containers: "x" }, { containers: named("a") }, { containers: named("a") }],
    [
      "merges fields that the schema does not know",
      { other: { a: 1, l: [1] } },
      { other: { b: 2, l: [2] } },
      { other: { a: 1, b: 2, l: [2] } },
    ],
  ])("%s", (_, doc, patch, expected) => {
    const before = JSON.stringify([doc, patch]);
    expect(apply(doc, patch)).toEqual(expected);
    expect(JSON.stringify([doc, patch])).toBe(before);
  });

  it.each<[string, object, string]>([
    ["an unknown directive", { metadata: { $patch: "explode" } }, 'unknown patch type found: "explode"'],
    ["an item without its key", { containers: [{ image: "x" }] }, "does not contain declared merge key: name"],
    ["retainKeys that is no list", { strategy: { $retainKeys: "type" } }, "invalid patch format of retainKeys"],
    [
      "a field that retainKeys does not name",
      { strategy: { $retainKeys: ["type"], rollingUpdate: {} } },
      "invalid patch format of retainKeys",
    ],
    ["a deletion that is no list", { metadata: { "$deleteFromPrimitiveList/finalizers": "a" } }, "invalid patch format of primitive list"],
    ["an order that is no list", { "$setElementOrder/containers": {} }, "invalid patch format of setElementOrder list"],
    [
      "an order that contradicts the list",
      { "$setElementOrder/containers": named("a", "b"), containers: named("b", "a") },
      "doesn't match $setElementOrder list",
    ],
    ["a list of lists", { containers: [["a"]] }, "lists of lists are not supported"],
  ])("refuses %s", (_, patch, message) => {
    const doc = { containers: named("a", "b"), strategy: { type: "x" }, metadata: { finalizers: ["a"] } };
    expect(() => apply(doc, patch)).toThrow(message);
  });

  it("refuses a patch that is no object", () => {
    expect(() => apply({}, [])).toThrow("a strategic merge patch must be a JSON object");
  });
});
