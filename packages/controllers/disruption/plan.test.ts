import type { Pod, PodDisruptionBudget, PodDisruptionBudgetSpec } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import { describe, expect, it } from "vitest";
import { EPOCH, meta, pod } from "../fixtures.ts";
import { planBudget } from "./plan.ts";

const NOW = EPOCH + 3_600_000;

function budget(spec: PodDisruptionBudgetSpec, status?: Partial<NonNullable<PodDisruptionBudget["status"]>>): PodDisruptionBudget {
  const counts = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: meta("guard"),
    spec,
    ...(status && { status: { ...counts, ...status } }),
  };
}

const ready = (n: number, from = 0) => Array.from({ length: n }, (_, i) => pod(`p${from + i}`, { readySince: EPOCH }));
const counts = (spec: PodDisruptionBudgetSpec, pods: Pod[], expected = pods.length) => {
  const { status } = planBudget({ budget: budget(spec), pods, expected: () => expected }, NOW);
  return [status.expectedPods, status.desiredHealthy, status.currentHealthy, status.disruptionsAllowed];
};

describe("a budget", () => {
  it.each<[string, PodDisruptionBudgetSpec, Pod[], number, number[]]>([
    ["so many", { minAvailable: 2 }, ready(3), 3, [3, 2, 3, 1]],
    ["more than there are", { minAvailable: 5 }, ready(3), 3, [3, 5, 3, 0]],
    ["a part, rounded up", { minAvailable: "50%" }, ready(3), 3, [3, 2, 3, 1]],
    ["all but one", { maxUnavailable: 1 }, ready(2), 3, [3, 2, 2, 0]],
    ["all but a part, rounded up", { maxUnavailable: "30%" }, ready(4), 4, [4, 2, 4, 2]],
    ["none of those not ready", { minAvailable: 1 }, [...ready(1), pod("q")], 2, [2, 1, 1, 0]],
    ["no pods", { minAvailable: 0 }, [], 0, [0, 0, 0, 0]],
  ])("keeps %s", (_, spec, pods, expected, result) => expect(counts(spec, pods, expected)).toEqual(result));

  it("does not count pods that may go, until two minutes have passed", () => {
    const disruptedPods = { p0: rfc3339(NOW - 60_000), p1: rfc3339(NOW - 180_000), gone: rfc3339(NOW) };
    const { status, overdue, requeueAfterMs } = planBudget(
      { budget: budget({ minAvailable: 1 }, { disruptedPods }), pods: ready(3), expected: () => 3 },
      NOW,
    );
    expect(status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1, disruptedPods: { p0: rfc3339(NOW - 60_000) } });
    expect(status.disruptedPods).not.toHaveProperty("gone");
    expect(overdue.map((p) => p.metadata.name)).toEqual(["p1"]);
    expect(requeueAfterMs).toBe(60_000);
  });

  it("allows nothing while it cannot count", () => {
    const expected = () => {
      throw new Error('found no controllers for pod "p0"');
    };
    const { status, failure } = planBudget(
      { budget: budget({ maxUnavailable: 1 }, { disruptionsAllowed: 1, currentHealthy: 3 }), pods: ready(1), expected },
      NOW,
    );
    expect(failure).toBe('found no controllers for pod "p0"');
    expect(status).toMatchObject({
      disruptionsAllowed: 0,
      currentHealthy: 3,
      conditions: [{ status: "False", reason: "SyncFailed", message: failure }],
    });
  });
});
