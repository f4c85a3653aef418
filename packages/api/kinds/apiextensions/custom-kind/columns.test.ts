import type { ApiObject, Cell } from "@wherry/machinery";
import { expect, it } from "vitest";
import { customColumns } from "./columns.ts";

const NOW = Date.parse("2026-01-02T00:00:00Z");

function cellOf(type: string, value: unknown): Cell | undefined {
  const [, column] = customColumns([{ name: "x", type, jsonPath: ".spec.x" }]);
  return column?.value({ metadata: { name: "a" }, spec: { x: value } } as unknown as ApiObject, NOW);
}

it.each<[type: string, value: unknown, cell: unknown]>([
  ["string", "a", "a"],
  ["string", 5, "5"],
  ["string", ["a", 1], '["a",1]'],
  ["integer", 5, 5],
  ["integer", 5.9, 5],
  ["integer", "5", null],
  ["number", 5, 5],
  ["number", 0.5, 0.5],
  ["number", "5", null],
  ["boolean", false, false],
  ["boolean", "true", null],
  ["date", "2026-01-01T00:00:00Z", "24h"],
  ["date", "2026-01-01T00:00:00+00:00", "24h"],
  ["date", "2026-01-01", "<invalid>"],
  ["date", "yesterday", "<invalid>"],
  ["date", 5, null],
  ["integer", undefined, null],
])("a column of type %s shows %j as %j", (type, value, cell) => {
  expect(cellOf(type, value)).toEqual(cell);
});

it("shows the age where a definition has no columns", () => {
  expect(customColumns(undefined).map(({ name, type }) => [name, type])).toEqual([
    ["Name", "string"],
    ["Age", "date"],
  ]);
});
