import { expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { PriorityClass, SYSTEM_PRIORITY_CLASSES } from "./priorityclass.ts";

it.each<[string, Record<string, unknown>]>([
  ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000", { value: 1_000_000_001 }],
  [
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-odd is not a known system priority class",
    { metadata: { name: "system-odd" }, value: 1 },
  ],
  [
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: value of system-node-critical PriorityClass must be 2000001000",
    { metadata: { name: "system-node-critical" }, value: 1 },
  ],
  ['preemptionPolicy: Unsupported value: "x": supported values: "Never", "PreemptLowerPriority"', { value: 1, preemptionPolicy: "x" }],
])("is refused: %s", (message, fields) => expect(findings(PriorityClass, fields)).toContain(message));

it("is the system's own under the system's names", () => {
  for (const { name, value } of SYSTEM_PRIORITY_CLASSES) expect(findings(PriorityClass, { metadata: { name }, value })).toEqual([]);
});

it("keeps its value, and prints it", () => {
  const object = created(PriorityClass, { value: 7, globalDefault: true });
  expect(cells(PriorityClass, object)).toMatchObject({ Value: 7, "Global-Default": true, PreemptionPolicy: "PreemptLowerPriority" });
  const { errors } = updated(PriorityClass, object, (o) => {
    o.value = 8;
    o.preemptionPolicy = "Never";
  });
  expect(errors).toEqual([
    "value: Forbidden: may not be changed in an update.",
    'preemptionPolicy: Invalid value: "Never": field is immutable',
  ]);
});
