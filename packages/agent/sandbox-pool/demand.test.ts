import { FakeClock } from "@wherry/base";
import { expect, it } from "vitest";
import { Demand } from "./demand.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const LEAST = 4;
const MOST = 64;

const burst = (demand: Demand, size: number) => {
  for (let i = 0; i < size; i++) demand.note();
};

it("wants the least at first, and what single pods need", async () => {
  const clock = new FakeClock();
  const demand = new Demand(clock, LEAST, MOST);
  expect(demand.wanted).toBe(LEAST);
  for (let i = 0; i < 20; i++) {
    demand.note();
    await clock.advance(3 * SECOND);
  }
  expect([demand.wanted, demand.fallsIn]).toEqual([LEAST, undefined]);
});

it("wants as many as the largest burst took, and no more than the most", () => {
  const demand = new Demand(new FakeClock(), LEAST, MOST);
  burst(demand, 30);
  expect(demand.wanted).toBe(30);
  burst(demand, 100);
  expect(demand.wanted).toBe(MOST);
});

it("counts pods that start one soon after the other as one burst", async () => {
  const clock = new FakeClock();
  const demand = new Demand(clock, LEAST, MOST);
  for (let i = 0; i < 12; i++) {
    demand.note();
    await clock.advance(SECOND);
  }
  expect(demand.wanted).toBe(12);
});

it("forgets a burst after five minutes, the smaller and later one after it", async () => {
  const clock = new FakeClock();
  const demand = new Demand(clock, LEAST, MOST);
  burst(demand, 30);
  await clock.advance(MINUTE);
  burst(demand, 10);
  expect([demand.wanted, demand.fallsIn]).toEqual([30, 4 * MINUTE]);
  await clock.advance(demand.fallsIn!);
  expect([demand.wanted, demand.fallsIn]).toEqual([10, MINUTE]);
  await clock.advance(demand.fallsIn!);
  expect([demand.wanted, demand.fallsIn]).toEqual([LEAST, undefined]);
});
