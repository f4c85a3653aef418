import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { NOT_ACTED_ON_DOC, notActedOnDoc } from "../generate/not-acted-on.ts";
import { type InertField, inertFieldWarnings } from "./inert-field.ts";

const FIELDS: readonly InertField[] = [
  { path: "plain", note: "A" },
  { path: "list[].inner[].deep", note: "B" },
];

it.each<[string, object | undefined, string[]]>([
  ["nothing", undefined, []],
  ["what is empty", { plain: "", list: [], map: {} }, []],
  ["false", { plain: false }, []],
  ["null", { plain: null }, []],
  ["a field", { plain: 0 }, ["spec.plain: A"]],
  ["an empty object", { plain: {} }, ["spec.plain: A"]],
  [
    "items of lists",
    { list: [{}, { inner: [{ deep: 1 }, {}, { deep: 2 }] }] },
    ["spec.list[1].inner[0].deep: B", "spec.list[1].inner[2].deep: B"],
  ],
  ["what is no list", { list: { inner: 1 } }, []],
])("tells of %s", (_, value, expected) => {
  expect(inertFieldWarnings(value, FIELDS, "spec")).toEqual(expected);
});

it("tells of a key of a map, when its value asks for something", () => {
  const fields: InertField[] = [{ path: "map[key]", note: "C", asks: (value) => value !== "usual" }];
  expect(inertFieldWarnings({ map: { key: "other" } }, fields)).toEqual(["map[key]: C"]);
  expect(inertFieldWarnings({ map: { key: "usual" } }, fields)).toEqual([]);
  expect(inertFieldWarnings({ map: { toString: 1 } }, [{ path: "map[valueOf]", note: "C" }])).toEqual([]);
});

it("has its list in the documentation", () => {
  expect(readFileSync(NOT_ACTED_ON_DOC, "utf8"), "run: node packages/api/generate/not-acted-on.ts").toBe(notActedOnDoc());
});
