import { type DaemonSet, isPodReady, type Pod } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import { resolveIntOrPercent } from "@wherry/machinery";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EPOCH, meta, node, pod, template } from "../fixtures.ts";
import { planDaemonSet } from "./plan.ts";
import { podsByTarget } from "./pod-for-node.ts";

type Move = { do: "sync" | "ready" | "end" | "deliver" | "template"; index: number };

const daemonSet = (rollingUpdate: { maxUnavailable: number | string; maxSurge: number | string }): DaemonSet => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: meta("web"),
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: template("app:v1"),
    updateStrategy: { type: "RollingUpdate", rollingUpdate },
  },
});

const daemonPod = (name: string, nodeName: string, hash: string): Pod =>
  pod(name, { metadata: { labels: { app: "web", "controller-revision-hash": hash } }, spec: { nodeName } });

/** Nodes, their pods, and a controller that sees what others did to the pods only when it is delivered, but always its own writes. */
class Rollout {
  readonly world = new Map<string, Pod>();
  readonly #seen = new Map<string, Pod>();
  readonly #nodes;
  readonly #spec;
  #hash = "v0";
  #made = 0;

  constructor(size: number, maxUnavailable: number | string, maxSurge: number | string) {
    this.#nodes = Array.from({ length: size }, (_, i) => node(`n${i}`));
    this.#spec = daemonSet({ maxUnavailable, maxSurge });
    this.settle();
  }

  step({ do: what, index }: Move): void {
    const pods = [...this.world.values()];
    const pick = (from: readonly Pod[]) => from[index % Math.max(1, from.length)];
    const starting = pick(pods.filter((p) => !isPodReady(p) && !p.metadata.deletionTimestamp));
    const ending = pick(pods.filter((p) => p.metadata.deletionTimestamp));
    if (what === "sync") this.#sync();
    else if (what === "template") this.#hash = `v${index}`;
    else if (what === "ready" && starting) this.#makeReady(starting);
    else if (what === "end" && ending) this.world.delete(ending.metadata.name);
    else if (what === "deliver") this.#deliver(pick([...new Set([...pods, ...this.#seen.values()])])?.metadata.name ?? "");
  }

  settle(): void {
    for (let round = 0; round < 20 * this.#nodes.length + 20; round++) {
      this.#sync();
      for (const pod of [...this.world.values()]) {
        if (pod.metadata.deletionTimestamp) this.world.delete(pod.metadata.name);
        else this.#makeReady(pod);
      }
      for (const name of new Set([...this.world.keys(), ...this.#seen.keys()])) this.#deliver(name);
    }
  }

  /** The pods of each node that are not on their way out. */
  get standing(): Pod[][] {
    const pods = [...this.world.values()].filter((p) => !p.metadata.deletionTimestamp);
    return this.#nodes.map((n) => pods.filter((p) => p.spec.nodeName === n.metadata.name));
  }

  get served(): number {
    return this.standing.filter((pods) => pods.some(isPodReady)).length;
  }

  get hashes(): string[] {
    return this.standing.flatMap((pods) => pods.map((p) => p.metadata.labels?.["controller-revision-hash"] ?? ""));
  }

  get goal(): string[] {
    return this.#nodes.map(() => this.#hash);
  }

  #sync(): void {
    const podsByNode = podsByTarget([...this.#seen.values()]);
    const plan = planDaemonSet({ ds: this.#spec, nodes: this.#nodes, podsByNode, hash: this.#hash, now: EPOCH, retryAt: () => 0 });
    for (const name of plan.create) this.#write(daemonPod(`p${++this.#made}`, name, this.#hash));
    for (const { metadata } of plan.delete) {
      const there = this.world.get(metadata.name);
      if (there) this.#write({ ...there, metadata: { ...there.metadata, deletionTimestamp: rfc3339(EPOCH) } });
      else this.#seen.delete(metadata.name);
    }
  }

  #makeReady(starting: Pod): void {
    this.world.set(starting.metadata.name, {
      ...starting,
      ...pod("x", { readySince: EPOCH }),
      metadata: starting.metadata,
      spec: starting.spec,
    });
  }

  #write(pod: Pod): void {
    this.world.set(pod.metadata.name, pod);
    this.#seen.set(pod.metadata.name, pod);
  }

  #deliver(name: string): void {
    const there = this.world.get(name);
    if (there) this.#seen.set(name, there);
    else this.#seen.delete(name);
  }
}

const limit = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom("10%", "50%"));
const shape = fc.tuple(fc.integer({ min: 1, max: 6 }), limit, fc.boolean());
const happens = (what: Move["do"], weight: number, max = 40) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant(what), index: fc.nat(max) }),
});
const moves = fc.array(
  fc.oneof(happens("sync", 6), happens("ready", 6), happens("end", 4), happens("deliver", 8), happens("template", 1, 2)),
  {
    maxLength: 200,
    size: "max",
  },
);

describe("a rolling update of daemons in any order of events", () => {
  it("keeps its limits, and ends with one new pod on every node", () => {
    fc.assert(
      fc.property(shape, moves, ([size, bound, surging], events) => {
        const rollout = surging ? new Rollout(size, 0, bound) : new Rollout(size, bound, 0);
        const amount = resolveIntOrPercent(bound, size, true);
        for (const move of events) {
          rollout.step(move);
          const most = Math.max(...rollout.standing.map((pods) => pods.length));
          expect(most).toBeLessThanOrEqual(surging ? 2 : 1);
          expect(rollout.served).toBeGreaterThanOrEqual(surging ? size : size - amount);
        }
        rollout.settle();
        expect(rollout.hashes).toEqual(rollout.goal);
      }),
      { numRuns: 200 },
    );
  });
});
