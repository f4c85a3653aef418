import type { Pod, StatefulSet } from "@wherry/api";
import fc from "fast-check";
import { expect, it } from "vitest";
import { EPOCH, meta, pod, template } from "../fixtures.ts";
import { podName } from "./identity.ts";
import { planStatefulSet } from "./plan.ts";
import { revisionOf } from "./snapshot.ts";

type Event =
  | { do: "reconcile" }
  | { do: "start" | "ill" | "gone" | "kill" | "fail"; pod: number }
  | { do: "scale"; replicas: number }
  | { do: "roll" };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: "reconcile" as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("start" as const, "start" as const, "gone" as const, "ill" as const, "kill" as const, "fail" as const),
      pod: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("scale" as const), replicas: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.constant({ do: "roll" as const }) },
);

/** A set and its pods, as a server and its nodes would have them. */
class World {
  readonly set: StatefulSet;
  pods: Pod[] = [];
  #revision = 1;
  #previous = 1;

  constructor(podManagementPolicy: string, maxUnavailable: number | undefined) {
    this.set = {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: meta("db"),
      spec: {
        ...{ replicas: 3, serviceName: "db", selector: {}, template: template("app"), podManagementPolicy },
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0, ...(maxUnavailable && { maxUnavailable }) } },
      },
    };
  }

  get update(): string {
    return `db-r${this.#revision}`;
  }

  happen(e: Event): void {
    if (e.do === "reconcile") this.reconcile();
    else if (e.do === "scale") this.set.spec.replicas = e.replicas;
    else if (e.do === "roll") this.#previous = this.#revision++;
    else this.#change(e.do, this.pods[e.pod % Math.max(1, this.pods.length)]);
  }

  /** Gives whether anything was done. */
  reconcile(): boolean {
    const snapshot = { set: this.set, pods: [...this.pods], current: `db-r${this.#previous}`, update: this.update, now: EPOCH + 60_000 };
    const actions = planStatefulSet(snapshot);
    const ordered = this.set.spec.podManagementPolicy === "OrderedReady";
    const several = this.set.spec.updateStrategy?.rollingUpdate?.maxUnavailable;
    if (ordered && !several) expect(actions.length).toBeLessThanOrEqual(1);
    for (const action of actions) {
      if (action.do === "create") this.#create(action.ordinal, action.revision);
      else this.#change("kill", action.pod);
    }
    return actions.length > 0;
  }

  /** What nodes do when nobody disturbs them. */
  work(): boolean {
    const before = JSON.stringify(this.pods);
    for (const each of [...this.pods]) this.#change(each.metadata.deletionTimestamp ? "gone" : "start", each);
    return JSON.stringify(this.pods) !== before;
  }

  #create(ordinal: number, revision: string): void {
    const name = podName(this.set, ordinal);
    expect(
      this.pods.map((other) => other.metadata.name),
      "two pods of one identity",
    ).not.toContain(name);
    this.pods.push(pod(name, { metadata: { labels: { "controller-revision-hash": revision } } }));
  }

  #change(what: Exclude<Event["do"], "reconcile" | "scale" | "roll">, changed: Pod | undefined): void {
    if (!changed) return;
    const { phase } = changed.status ?? {};
    if (what === "gone" && changed.metadata.deletionTimestamp) this.pods = this.pods.filter((each) => each !== changed);
    else if (what === "kill") this.#replace(changed, { metadata: { ...changed.metadata, deletionTimestamp: "2026-01-01T00:00:30Z" } });
    else if (phase === "Failed") return;
    else if (what === "start") this.#state(changed, "Running", "True");
    else if (what === "ill") this.#state(changed, "Running", "False");
    else if (what === "fail") this.#state(changed, "Failed", "False");
  }

  #state(changed: Pod, phase: string, ready: string): void {
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    this.#replace(changed, { status: { phase, conditions: [{ type: "Ready", status: ready, lastTransitionTime }] } });
  }

  #replace(old: Pod, change: Partial<Pod>): void {
    this.pods = this.pods.map((each) => (each === old ? { ...each, ...change } : each));
  }
}

it("never makes two pods of one identity, and comes to its spec in the end", () => {
  const lives = fc.property(
    fc.constantFrom("OrderedReady", "Parallel"),
    fc.constantFrom(undefined, 1, 2),
    fc.array(event, { maxLength: 60 }),
    (policy, maxUnavailable, events) => {
      const world = new World(policy, maxUnavailable);
      for (const e of events) world.happen(e);
      for (let rounds = 0; rounds < 200; rounds++) {
        const acted = world.reconcile();
        if (!world.work() && !acted) break;
      }
      const names = world.pods.map(({ metadata }) => metadata.name).sort();
      expect(names).toEqual(Array.from({ length: world.set.spec.replicas ?? 0 }, (_, i) => `db-${i}`));
      expect(new Set(world.pods.map(revisionOf))).toEqual(new Set(names.length > 0 ? [world.update] : []));
    },
  );
  fc.assert(lives, { numRuns: 500 });
});
