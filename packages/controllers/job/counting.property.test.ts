import type { Job, JobSpec, Pod } from "@wherry/api";
import fc from "fast-check";
import { expect, it } from "vitest";
import { EPOCH, job, pod } from "../fixtures.ts";
import { type BackoffRecord, NO_FAILURES } from "./backoff.ts";
import { isFinished } from "./outcome.ts";
import { planJob } from "./plan.ts";
import { completionIndexOf, isTracked } from "./tracked-pod.ts";

/** A job, its pods, and a controller that dies in the middle of its work. */
class Life {
  job: Job;
  pods: Pod[] = [];
  now = EPOCH;
  #made = 0;
  #backoff: BackoffRecord = NO_FAILURES;
  /** What really came of the pods that were not taken back, by name. */
  readonly ends = { succeeded: new Set<string>(), failed: new Set<string>() };

  constructor(spec: Partial<JobSpec>) {
    this.job = job("work", spec);
  }

  /** One reconcile that gets no further than `steps` writes. */
  reconcile(steps: number): void {
    if (isFinished(this.job)) return;
    const plan = planJob({ job: this.job, pods: this.pods, backoff: this.#backoff }, this.now);
    const writes: (() => void)[] = [
      ...plan.discard.map((p) => () => this.#untrack(p)),
      ...[...plan.discard, ...plan.kill].map((p) => () => this.#delete(p)),
    ];
    for (const made of plan.create)
      writes.push(() =>
        this.pods.push(pod(`p${++this.#made}`, { ...made, metadata: { ...made.metadata, uid: `u${this.#made}` } } as object)),
      );
    if (writes.length === 0) {
      writes.push(() => {
        this.job = { ...this.job, status: plan.status };
      });
      writes.push(...plan.release.map((p) => () => this.#untrack(p)));
      if (steps > writes.length) this.#backoff = plan.backoff;
    }
    for (const write of writes.slice(0, steps)) write();
  }

  end(index: number, phase: "Succeeded" | "Failed"): void {
    const one = this.active[index % (this.active.length || 1)];
    if (!one) return;
    const counts = isTracked(one);
    this.#replace(one, { ...one, status: { ...one.status, phase } });
    if (counts) this.ends[phase === "Failed" ? "failed" : "succeeded"].add(one.metadata.name);
  }

  /** Somebody deletes a pod. */
  remove(index: number): void {
    const one = this.pods[index % (this.pods.length || 1)];
    if (!one) return;
    if (isTracked(one) && one.status?.phase === "Pending" && !one.metadata.deletionTimestamp) this.ends.failed.add(one.metadata.name);
    this.#delete(one);
  }

  #delete(pod: Pod): void {
    const one = this.pods.find((p) => p.metadata.name === pod.metadata.name);
    if (one) this.#replace(one, { ...one, metadata: { ...one.metadata, deletionTimestamp: new Date(this.now).toISOString() } });
  }

  #untrack(pod: Pod): void {
    const one = this.pods.find((p) => p.metadata.name === pod.metadata.name);
    if (one) this.#replace(one, { ...one, metadata: { ...one.metadata, finalizers: [] } });
  }

  /** A pod that was deleted is gone with its last finalizer. */
  #replace(one: Pod, next: Pod): void {
    const gone = next.metadata.deletionTimestamp && !isTracked(next);
    this.pods = gone ? this.pods.filter((p) => p !== one) : this.pods.map((p) => (p === one ? next : p));
  }

  get active(): Pod[] {
    return this.pods.filter((p) => p.status?.phase === "Pending" && !p.metadata.deletionTimestamp);
  }
}

const step = fc.record({ do: fc.constantFrom("reconcile", "reconcile", "succeed", "fail", "remove", "wait"), n: fc.nat(12) });
const spec = fc
  .record({ completions: fc.integer({ min: 1, max: 8 }), parallelism: fc.integer({ min: 1, max: 5 }), indexed: fc.boolean() })
  .map(({ indexed, ...rest }) => ({ ...rest, backoffLimit: 1000, completionMode: indexed ? "Indexed" : "NonIndexed" }));

function act(life: Life, { do: what, n }: { do: string; n: number }): void {
  if (what === "reconcile") life.reconcile(n);
  else if (what === "succeed") life.end(n, "Succeeded");
  else if (what === "fail") life.end(n, "Failed");
  else if (what === "remove") life.remove(n);
  else life.now += n * 60_000;
}

it("counts every pod once, runs no more than it may, and ends, however often it is interrupted", () => {
  fc.assert(
    fc.property(spec, fc.array(step, { maxLength: 80 }), (spec, steps) => {
      const life = new Life(spec);
      for (const one of steps) {
        act(life, one);
        expect(life.active.length).toBeLessThanOrEqual(spec.parallelism);
      }
      for (let round = 0; round < 200 && !isFinished(life.job); round++) {
        life.now += 600_000;
        life.reconcile(Number.POSITIVE_INFINITY);
        life.end(0, "Succeeded");
      }
      const { succeeded = 0, failed = 0, completedIndexes, conditions } = life.job.status ?? {};
      expect(conditions?.at(-1)?.type).toBe("Complete");
      expect(failed).toBe(life.ends.failed.size);
      expect(succeeded).toBe(spec.completionMode === "Indexed" ? spec.completions : life.ends.succeeded.size);
      if (spec.completionMode === "Indexed")
        expect(completedIndexes).toBe(spec.completions === 1 ? "0" : spec.completions === 2 ? "0,1" : `0-${spec.completions - 1}`);
      expect(life.pods.filter(isTracked)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

it("gives no index to two running pods", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const life = new Life({ completionMode: "Indexed", completions: 4, parallelism: 4, backoffLimit: 1000 });
      for (const one of steps) {
        act(life, one);
        const indexes = life.active.map(completionIndexOf);
        expect(new Set(indexes).size).toBe(indexes.length);
      }
    }),
  );
});
