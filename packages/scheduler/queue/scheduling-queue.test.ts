import type { Pod } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { podInfo } from "../framework/pod-info.ts";
import { Heap } from "./heap.ts";
import type { QueuedPod } from "./queued-pod.ts";
import { SchedulingQueue } from "./scheduling-queue.ts";

function info(name: string, priority = 0, creationTimestamp = "2026-01-01T00:00:00Z") {
  const metadata = { name, namespace: "d", uid: name, resourceVersion: "1", creationTimestamp };
  const pod: Pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [], priority } };
  return podInfo(pod);
}

function drain(queue: SchedulingQueue): string[] {
  const names: string[] = [];
  for (let pod = queue.pop(); pod; pod = queue.pop()) names.push(pod.info.pod.metadata.name);
  return names;
}

const newQueue = (clock = new FakeClock()) => new SchedulingQueue(clock, () => {});

describe("Heap", () => {
  it("gives everything in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const n of numbers) heap.push(n);
        const out = numbers.map(() => heap.pop());
        expect(out).toEqual(numbers.toSorted((a, b) => a - b));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });
});

describe("SchedulingQueue", () => {
  it("gives pods by priority, then age, then arrival", () => {
    const queue = newQueue();
    queue.add(info("late", 0, "2026-01-01T00:00:05Z"));
    queue.add(info("first"));
    queue.add(info("second"));
    queue.add(info("important", 10, "2026-01-01T00:00:09Z"));
    expect(drain(queue)).toEqual(["important", "first", "second", "late"]);
  });

  it("holds a pod once, in its newest version, and not after it was removed", () => {
    const queue = newQueue();
    queue.add(info("a"));
    const newer = info("a");
    queue.add(newer);
    queue.add(info("b"));
    queue.remove("b");
    expect(queue.activeCount).toBe(1);
    expect(queue.pop()?.info).toBe(newer);
    expect(queue.pop()).toBeUndefined();
  });

  it("keeps a parked pod until it is woken or changes", () => {
    const queue = newQueue();
    for (const name of ["a", "b"]) queue.add(info(name, name === "a" ? 1 : 0));
    const [a, b] = [queue.pop(), queue.pop()] as [QueuedPod, QueuedPod];
    queue.park(b, new Set(["X"]));
    queue.park(a, new Set(["Y"]));
    queue.refresh(info("a", 1));
    expect(queue.activeCount).toBe(0);
    expect(queue.parkedGroups.map((group) => [group.first, group.rejectedBy])).toEqual([
      [b, new Set(["X"])],
      [a, new Set(["Y"])],
    ]);
    queue.activate(b);
    expect(queue.pop()).toBe(b);
    queue.add(info("a", 1));
    expect(queue.pop()).toBe(a);
    expect(queue.parkedCount).toBe(0);
  });

  it("lets the first of a group of equal pods try, and another when that one goes untried", () => {
    const queue = newQueue();
    for (const name of ["a", "b", "c"]) queue.add(info(name));
    for (const pod of [queue.pop(), queue.pop(), queue.pop()].reverse()) queue.park(pod as QueuedPod, new Set());
    const [group] = queue.parkedGroups;
    expect(group?.size).toBe(3);
    queue.activateFirst(group?.key ?? "");
    expect([queue.activeCount, queue.parkedCount]).toEqual([1, 2]);
    queue.remove("a");
    expect([queue.activeCount, queue.parkedCount]).toEqual([1, 1]);
    const b = queue.pop() as QueuedPod;
    expect(b.info.uid).toBe("b");
    queue.activateFirst(b.leads ?? "");
    expect(queue.pop()?.info.uid).toBe("c");
  });

  it("tries a parked pod again after five minutes, whatever happened", async () => {
    const clock = new FakeClock();
    const queue = newQueue(clock);
    queue.add(info("a"));
    queue.park(queue.pop() as QueuedPod, new Set(["X"]));
    await clock.advance(4 * 60_000);
    expect(queue.activeCount).toBe(0);
    await clock.advance(60_000);
    expect(queue.pop()?.info.uid).toBe("a");
    expect(clock.pending).toBe(0);
  });

  it("backs off longer each time, up to ten seconds, and is not hurried by changes of the pod", async () => {
    const clock = new FakeClock();
    const queue = newQueue(clock);
    queue.add(info("a"));
    const delays: number[] = [];
    for (let i = 0; i < 6; i++) {
      const pod = queue.pop() as QueuedPod;
      queue.retryLater(pod);
      queue.add(info("a"));
      expect(queue.activeCount).toBe(0);
      delays.push(clock.untilNext ?? 0);
      await clock.advance(clock.untilNext ?? 0);
    }
    expect(delays).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
    queue.retryLater(queue.pop() as QueuedPod);
    queue.clear();
    expect(clock.pending).toBe(0);
  });
});
