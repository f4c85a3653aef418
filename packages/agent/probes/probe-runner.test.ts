import type { Probe } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { describe, expect, it } from "vitest";
import { failed, type Outcome, success, unknown } from "./outcome.ts";
import { type ProbeKind, ProbeRunner } from "./probe-runner.ts";

/** A runner on a clock that stands still; `outcome` is what each try gives. */
function runner(kind: ProbeKind, probe: Probe, { initial = false, enabled = (): boolean => true } = {}) {
  const clock = new FakeClock();
  const seen = { tries: [] as number[], verdicts: 0, messages: [] as string[], outcome: success as Outcome };
  const made = new ProbeRunner({
    kind,
    probe,
    clock,
    startedAt: clock.now(),
    initial,
    enabled,
    tryOnce: async () => {
      seen.tries.push(clock.now() - start);
      return seen.outcome;
    },
    onVerdict: () => seen.verdicts++,
    onUnhealthy: (message) => seen.messages.push(message),
  });
  const start = clock.now();
  return { clock, seen, made };
}

describe("a probe", () => {
  it("begins after its delay, and keeps its rhythm", async () => {
    const { clock, seen } = runner("readiness", { initialDelaySeconds: 5, periodSeconds: 10 });
    for (let i = 0; i < 30; i++) await clock.advance(1_000);
    expect(seen.tries).toEqual([5_000, 15_000, 25_000]);
  });

  it("changes its mind when the threshold is reached", async () => {
    const { clock, seen, made } = runner("readiness", { periodSeconds: 1, successThreshold: 2, failureThreshold: 3 });
    await clock.advance(0);
    expect(made.healthy).toBe(false);
    await clock.advance(1_000);
    expect(made.healthy).toBe(true);
    seen.outcome = failed("no good");
    await clock.advance(2_000);
    expect(made.healthy).toBe(true);
    await clock.advance(1_000);
    expect(made.healthy).toBe(false);
    expect(seen.verdicts).toBe(2);
    expect(seen.messages).toEqual(Array(3).fill("Readiness probe failed: no good"));
  });

  it("that failed for good says so once, and stops", async () => {
    const { clock, seen, made } = runner("liveness", { periodSeconds: 1, failureThreshold: 2 }, { initial: true });
    seen.outcome = failed("x");
    await clock.advance(10_000);
    expect(made.failed).toBe(true);
    expect(seen.tries.length).toBe(2);
    expect(seen.verdicts).toBe(1);
  });

  it("of the start stops when the container has started", async () => {
    const { clock, seen, made } = runner("startup", { periodSeconds: 1 });
    await clock.advance(10_000);
    expect(made.healthy).toBe(true);
    expect(seen.tries.length).toBe(1);
  });

  it("waits until it is enabled, and may then be triggered", async () => {
    let started = false;
    const { clock, seen, made } = runner("readiness", { periodSeconds: 10 }, { enabled: () => started });
    await clock.advance(5_000);
    started = true;
    made.trigger();
    await clock.advance(0);
    expect(seen.tries).toEqual([5_000]);
    await clock.advance(10_000);
    expect(seen.tries).toEqual([5_000, 15_000]);
  });

  it("that goes wrong itself is tried again, and does not count", async () => {
    const { clock, seen, made } = runner("liveness", { periodSeconds: 10, failureThreshold: 1 }, { initial: true });
    seen.outcome = unknown("engine gone");
    await clock.advance(0);
    expect(seen.tries.length).toBe(3);
    expect(made.failed).toBe(false);
    expect(seen.messages).toEqual(["Liveness probe errored: engine gone"]);
  });

  it("can be stopped", async () => {
    const { clock, seen, made } = runner("readiness", { periodSeconds: 1 });
    made.stop();
    await clock.advance(5_000);
    expect(seen.tries).toEqual([]);
  });
});
