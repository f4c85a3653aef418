import { expect, it } from "vitest";
import { pod } from "../fixtures.ts";
import { surplusTerminated } from "./plan.ts";

it("takes evicted pods first, then the oldest, down to the threshold", () => {
  const ended = (name: string, hour: number, reason?: string) =>
    pod(name, {
      metadata: { creationTimestamp: `2026-01-01T0${hour}:00:00Z` },
      status: { phase: "Failed", ...(reason && { reason }) },
    });
  const pods = [ended("b", 2), ended("c", 3), ended("evicted", 9, "Evicted"), ended("a", 1)];
  expect(surplusTerminated(pods, 2).map((p) => p.metadata.name)).toEqual(["evicted", "a"]);
  expect(surplusTerminated(pods, 4)).toEqual([]);
});
