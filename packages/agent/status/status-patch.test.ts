import { definitions, type PodStatus } from "@wherry/api";
import { applyStrategicMergePatch } from "@wherry/machinery";
import { describe, expect, it } from "vitest";
import { statusPatch } from "./status-patch.ts";

const at = "2026-01-01T00:00:00Z";
const condition = (type: string, status: string, more: object = {}) => ({ type, status, lastTransitionTime: at, ...more });

/** What the API has after the patch. */
function patched(before: PodStatus, after: PodStatus): PodStatus {
  const patch = statusPatch(before, after) ?? {};
  return (applyStrategicMergePatch({ status: before }, { status: patch }, "io.k8s.api.core.v1.Pod", definitions) as { status: PodStatus })
    .status;
}

describe("statusPatch", () => {
  const running: PodStatus = {
    phase: "Running",
    podIP: "10.0.0.1",
    podIPs: [{ ip: "10.0.0.1" }],
    conditions: [condition("Ready", "False", { reason: "ContainersNotReady", message: "containers with unready status: [a]" })],
  };

  it("is nothing when nothing changed", () => {
    expect(statusPatch(running, structuredClone(running))).toBeUndefined();
  });

  it("names only what changed, and takes away what went", () => {
    const after = { ...running, conditions: [condition("Ready", "True")] };
    expect(statusPatch(running, after)).toEqual({ conditions: [{ ...condition("Ready", "True"), reason: null, message: null }] });
    expect(patched(running, after)).toEqual(after);
  });

  it("leaves others' conditions alone", () => {
    const before = { ...running, conditions: [...running.conditions!, condition("example.com/gate", "True")] };
    const after = { ...running, conditions: [condition("Ready", "True")] };
    expect(
      patched(before, after)
        .conditions?.map((c) => `${c.type}=${c.status}`)
        .sort(),
    ).toEqual(["Ready=True", "example.com/gate=True"]);
  });

  it("replaces addresses, which would otherwise add up", () => {
    const after = { ...running, podIP: "10.0.0.2", podIPs: [{ ip: "10.0.0.2" }] };
    expect(patched(running, after).podIPs).toEqual([{ ip: "10.0.0.2" }]);
  });

  it("removes fields that are not true any more", () => {
    const before = { ...running, reason: "Evicted", message: "too much" };
    expect(patched(before, running)).toEqual(running);
  });
});
