import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Move, Rollout } from "./rollout-model.ts";

const percent = fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`);
const limit = fc.oneof(fc.integer({ min: 0, max: 4 }), percent);
const shape = fc.record({
  replicas: fc.integer({ min: 1, max: 12 }),
  maxSurge: limit,
  maxUnavailable: limit,
  minReadySeconds: fc.constantFrom(0, 0, 5),
});
const happens = (what: Move["do"], max = 40) => fc.record({ do: fc.constant(what), index: fc.nat(max) });
const moves = (failures: 0 | 1) =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: happens("deployment") },
      { weight: 6, arbitrary: happens("replicaset") },
      { weight: 6, arbitrary: happens("ready") },
      { weight: 8, arbitrary: happens("deliver") },
      { weight: 1, arbitrary: happens("deliverAll") },
      { weight: 2, arbitrary: happens("tick") },
      { weight: 1, arbitrary: happens("template", 2) },
      { weight: failures, arbitrary: happens("fail") },
      { weight: failures, arbitrary: happens("resize", 10) },
    ),
    { maxLength: 300, size: "max" },
  );

describe("a rolling update in any order of events", () => {
  it("never has more pods than desired + maxSurge, nor fewer available than desired - maxUnavailable", () => {
    fc.assert(
      fc.property(shape, moves(0), (limits, events) => {
        const rollout = Rollout.settled(limits);
        for (const m of events) {
          rollout.step(m);
          expect(rollout.wanted).toBeLessThanOrEqual(rollout.maxTotal);
          expect(rollout.available).toBeGreaterThanOrEqual(rollout.minAvailable);
        }
      }),
      { numRuns: 400 },
    );
  });

  it("always converges, whatever failed and was resized on the way", () => {
    fc.assert(
      fc.property(shape, moves(1), (limits, events) => {
        const rollout = Rollout.settled(limits);
        for (const m of events) rollout.step(m);
        rollout.settle();
        expect(rollout.summary).toEqual(rollout.goal);
      }),
      { numRuns: 300 },
    );
  });
});
