import { FakeClock } from "@wherry/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkQueue } from "./work-queue.ts";

describe("WorkQueue", () => {
  it("gives keys in the order they came, each once", async () => {
    const queue = new WorkQueue({ clock: new FakeClock() });
    for (const key of ["a", "b", "a", "c", "b"]) queue.add(key);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(["a", "b", "c"]);
    expect(queue.length).toBe(0);
  });

  it("gives a key that was added while it was worked on again, after done", async () => {
    const queue = new WorkQueue({ clock: new FakeClock() });
    queue.add("a");
    await queue.take();
    queue.add("a");
    expect(queue.length).toBe(0);
    queue.done("a");
    expect(await queue.take()).toBe("a");
  });

  it("wakes a waiting taker", async () => {
    const queue = new WorkQueue({ clock: new FakeClock() });
    const taken = queue.take();
    queue.add("a");
    expect(await taken).toBe("a");
  });

  it("lets the earliest of several delays count", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });
    queue.addAfter("a", 100);
    queue.addAfter("a", 10);
    queue.addAfter("a", 50);
    await clock.advance(9);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(queue.length).toBe(1);
    expect(queue.delayed).toBe(0);
  });

  it("doubles the delay of a key with each failure, up to the limit, and starts over when it is forgotten", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock, backoff: { initial: 5, max: 30 } });
    const delays: number[] = [];
    for (let i = 0; i < 5; i++) {
      queue.addRateLimited("a");
      delays.push(clock.untilNext ?? 0);
      await clock.advance(30);
      queue.done((await queue.take()) ?? "");
    }
    expect(delays).toEqual([5, 10, 20, 30, 30]);
    expect(queue.failures("a")).toBe(5);
    queue.forget("a");
    queue.addRateLimited("a");
    expect(clock.untilNext).toBe(5);
  });

  it("drops what waits at shutdown, and lets nobody wait for ever", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });
    const waiting = queue.take();
    queue.addAfter("later", 10);
    queue.shutdown();
    queue.add("a");
    expect(await waiting).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
    expect(clock.pending).toBe(0);
    await queue.whenIdle();
  });

  it("is idle only when nothing waits and nothing is worked on", async () => {
    const queue = new WorkQueue({ clock: new FakeClock() });
    queue.add("a");
    await queue.take();
    let idle = false;
    const waiting = queue.whenIdle().then(() => {
      idle = true;
    });
    queue.add("a");
    queue.done("a");
    await queue.take();
    expect(idle).toBe(false);
    queue.done("a");
    await waiting;
  });
});

/** What the queue promises, in the simplest form. */
class Model {
  ready: string[] = [];
  working = new Set<string>();
  again = new Set<string>();
  delayed = new Map<string, number>();
  counts = new Map<string, number>();
  now = 0;

  add(key: string): void {
    if (this.working.has(key)) this.again.add(key);
    else if (!this.ready.includes(key)) this.ready.push(key);
  }

  addAfter(key: string, ms: number): void {
    const at = this.now + ms;
    if (ms <= 0) return void this.add(key);
    if ((this.delayed.get(key) ?? Number.POSITIVE_INFINITY) <= at) return;
    this.delayed.delete(key);
    this.delayed.set(key, at);
  }

  addRateLimited(key: string): void {
    const count = this.counts.get(key) ?? 0;
    this.counts.set(key, count + 1);
    this.addAfter(key, Math.min(40, 5 * 2 ** count));
  }

  forget(key: string): void {
    this.counts.delete(key);
  }

  done(key: string): void {
    this.working.delete(key);
    if (this.again.delete(key)) this.add(key);
  }

  advance(ms: number): void {
    this.now += ms;
    const due = [...this.delayed].filter(([, at]) => at <= this.now).sort(([, a], [, b]) => a - b);
    for (const [key] of due) {
      this.delayed.delete(key);
      this.add(key);
    }
  }
}

type Step =
  | { do: "add" | "addRateLimited" | "forget"; key: string }
  | { do: "addAfter"; key: string; ms: number }
  | { do: "advance"; ms: number }
  | { do: "take" | "done" };

const key = fc.constantFrom("a", "b", "c", "d");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("add" as const, "addRateLimited" as const, "forget" as const), key }),
  fc.record({ do: fc.constant("addAfter" as const), key, ms: fc.nat(20) }),
  fc.record({ do: fc.constant("advance" as const), ms: fc.nat(30) }),
  fc.record({ do: fc.constantFrom("take" as const, "done" as const) }),
);

describe("WorkQueue against its model", () => {
  it("does what the model does, in the same order, whatever happens", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new FakeClock();
        const queue = new WorkQueue({ clock, backoff: { initial: 5, max: 40 } });
        const model = new Model();
        for (const s of steps) {
          await perform(s, queue, model, clock);
          expect(queue.length).toBe(model.ready.length);
          expect(queue.delayed).toBe(model.delayed.size);
          expect(queue.idle).toBe(model.ready.length === 0 && model.working.size === 0);
        }
      }),
      { numRuns: 300 },
    );
  });
});

async function perform(s: Step, queue: WorkQueue, model: Model, clock: FakeClock): Promise<void> {
  switch (s.do) {
    case "advance":
      model.advance(s.ms);
      return clock.advance(s.ms);
    case "take":
      return take(queue, model);
    case "done":
      for (const taken of [...model.working].slice(0, 1)) for (const q of [queue, model]) q.done(taken);
      return;
    case "addAfter":
      for (const q of [queue, model]) q.addAfter(s.key, s.ms);
      return;
    default:
      for (const q of [queue, model]) q[s.do](s.key);
  }
}

async function take(queue: WorkQueue, model: Model): Promise<void> {
  const next = model.ready.shift();
  if (next === undefined) return;
  expect(model.working).not.toContain(next);
  expect(await queue.take()).toBe(next);
  model.working.add(next);
}
