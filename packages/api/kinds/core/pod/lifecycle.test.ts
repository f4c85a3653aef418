import { describe, expect, it } from "vitest";
import type { PodStatus } from "../../../generated/types.ts";
import { created } from "../../testing.ts";
import { Pod } from "../pod.ts";
import { isPodActive, isPodAvailable, isPodReady } from "./lifecycle.ts";

function pod(spec: object, status: PodStatus = {}) {
  const object = created(Pod, { spec: { containers: [], ...spec } });
  object.status = status;
  return object;
}

describe("the grace period of a deleted pod", () => {
  it.each<[number, object, PodStatus, number | undefined]>([
    [0, {}, {}, undefined],
    [30, { nodeName: "n" }, {}, undefined],
    [5, { nodeName: "n" }, {}, 5],
    [0, { nodeName: "n" }, {}, 0],
    [7, { nodeName: "n", terminationGracePeriodSeconds: 7 }, {}, undefined],
    [1, { nodeName: "n", terminationGracePeriodSeconds: -3 }, {}, undefined],
    [0, { nodeName: "n" }, { phase: "Succeeded" }, 30],
  ])("is %d seconds", (expected, spec, status, requested) => {
    expect(Pod.gracePeriodSeconds?.(pod(spec, status), requested)).toBe(expected);
  });
});

describe("a pod", () => {
  const ready = { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }] };
  const at = (seconds: number) => Date.UTC(2026, 0, 1, 0, 0, seconds);

  it("is ready by its condition", () => {
    expect(isPodReady(pod({}, ready))).toBe(true);
    expect(isPodReady(pod({}))).toBe(false);
  });

  it("is available after being ready for a while", () => {
    expect(isPodAvailable(pod({}, ready), 0, at(0))).toBe(true);
    expect(isPodAvailable(pod({}, ready), 10, at(9))).toBe(false);
    expect(isPodAvailable(pod({}, ready), 10, at(10))).toBe(true);
    expect(isPodAvailable(pod({}), 0, at(10))).toBe(false);
  });

  it("is active until it ends or is deleted", () => {
    const deleted = pod({}, { phase: "Running" });
    deleted.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
    expect([pod({}, { phase: "Running" }), pod({}, { phase: "Failed" }), deleted].map(isPodActive)).toEqual([true, false, false]);
  });
});
