import { describe, expect, it } from "vitest";
import { formatDelay, restartDelay } from "./restart-backoff.ts";

describe("restartDelay", () => {
  it("is none at first, then 10 s, doubled up to five minutes", () => {
    let backoffMs = 0;
    const delays: number[] = [];
    for (let restart = 0; restart < 8; restart++) {
      const { notBefore, nextBackoffMs } = restartDelay({ createdAt: 0, finishedAt: 1_000, backoffMs });
      delays.push((notBefore - 1_000) / 1000);
      backoffMs = nextBackoffMs;
    }
    expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  });

  it("begins anew after a long run", () => {
    const ended = { createdAt: 0, finishedAt: 600_001, backoffMs: 300_000 };
    expect(restartDelay(ended)).toEqual({ notBefore: 600_001, nextBackoffMs: 10_000 });
    expect(restartDelay({ ...ended, finishedAt: 599_999 }).notBefore).toBe(899_999);
  });

  it.each([
    [10_000, "10s"],
    [80_000, "1m20s"],
    [300_000, "5m0s"],
  ])("%d ms is written %s", (ms, text) => {
    expect(formatDelay(ms)).toBe(text);
  });
});
