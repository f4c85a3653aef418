import { expect, it } from "vitest";
import { cells, created, findings } from "../testing.ts";
import { PodDisruptionBudget } from "./poddisruptionbudget.ts";

const selector = { matchLabels: { app: "web" } };

it.each<[string, object]>([
  [
    'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
    { minAvailable: 1, maxUnavailable: 1 },
  ],
  ["spec.minAvailable: Invalid value: -1: must be greater than or equal to 0", { minAvailable: -1 }],
  ['spec.maxUnavailable: Invalid value: "120%": must not be greater than 100%', { maxUnavailable: "120%" }],
  [
    'spec.unhealthyPodEvictionPolicy: Unsupported value: "x": supported values: "AlwaysAllow", "IfHealthyBudget"',
    { unhealthyPodEvictionPolicy: "x" },
  ],
])("is refused: %s", (message, spec) => expect(findings(PodDisruptionBudget, { spec })).toContain(message));

it("prints what it allows", () => {
  const budget = created(PodDisruptionBudget, { spec: { minAvailable: "50%", selector } });
  expect(cells(PodDisruptionBudget, budget)).toEqual({
    Name: "x",
    "Min Available": "50%",
    "Max Unavailable": "N/A",
    "Allowed Disruptions": 0,
    Age: "<unknown>",
  });
});
