import { Namespace, Node, type NodeSpec, Pod, type PodSpec, PriorityClass } from "@wherry/api";
import { FakeClock, silentLogger } from "@wherry/base";
import { createClient } from "@wherry/client";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { FlakyTransport } from "@wherry/testkit/flaky-transport.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningScheduler, runScheduler } from "./run-scheduler.ts";

/** What the world is made of, in numbers: the rules below are checked on these, not with the scheduler's own code. */
interface NodeModel {
  cpu: number;
  pods: number;
  zone: string;
  tainted: boolean;
  cordoned: boolean;
}

interface PodModel {
  cpu: number;
  port: number;
  zone: string;
  tolerant: boolean;
  priority: number;
  app: string;
  /** Apps that must be in its zone, and must not; empty for none. */
  near: string;
  far: string;
  /** Whether the zones must have as many of its app as one another, give or take one. */
  spread: boolean;
}

/** A pod on a node, and the node's zone. */
interface Placed {
  pod: PodModel;
  node: string;
  zone: string;
}

type PodStep = { pod: PodModel } | { removePod: number } | { finishPod: number };

type Step =
  | { node: number; is: NodeModel }
  | { removeNode: number }
  | { burst: PodStep[] }
  | { do: "refuse" | "loseAnswers" | "heal" | "cut" | "wait" };

const zone = fc.constantFrom("a", "b");
const nodeModel = fc.record({
  cpu: fc.integer({ min: 0, max: 4 }),
  pods: fc.integer({ min: 0, max: 5 }),
  zone,
  tainted: fc.boolean(),
  cordoned: fc.boolean(),
});
const podModel = fc.record({
  cpu: fc.integer({ min: 0, max: 3 }),
  port: fc.constantFrom(0, 0, 80),
  zone: fc.constantFrom("", "", "a", "b"),
  tolerant: fc.boolean(),
  priority: fc.constantFrom(0, 1),
  app: fc.constantFrom("x", "y"),
  near: fc.constantFrom("", "", "", "x"),
  far: fc.constantFrom("", "", "", "x", "y"),
  spread: fc.constantFrom(false, false, true),
});
const podStep: fc.Arbitrary<PodStep> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ pod: podModel }) },
  { weight: 3, arbitrary: fc.record({ removePod: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ finishPod: fc.nat(30) }) },
);
const trouble = fc.constantFrom("refuse" as const, "loseAnswers" as const, "heal" as const, "cut" as const, "wait" as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ node: fc.nat(2), is: nodeModel }) },
  { weight: 1, arbitrary: fc.record({ removeNode: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ burst: fc.array(podStep, { minLength: 1, maxLength: 8, size: "max" }) }) },
  { weight: 2, arbitrary: fc.record({ do: trouble }) },
);

const IMPORTANT = "important";
const isBinding = (request: { path: string }) => request.path.endsWith("/binding");

let plane: ControlPlane;
let runs = 0;
beforeAll(async () => {
  plane = await startControlPlane();
  await plane.client.create(PriorityClass, { metadata: { name: IMPORTANT }, value: 1 });
});
afterAll(() => plane.close());

/** What the pod's spec says about other pods. */
function rulesAbout({ app, near, far, spread }: PodModel): Partial<PodSpec> {
  const term = (name: string) => [{ topologyKey: "zone", labelSelector: { matchLabels: { app: name } } }];
  const required = (name: string) => ({ requiredDuringSchedulingIgnoredDuringExecution: term(name) });
  const constraint = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app } } };
  return {
    affinity: { ...(near && { podAffinity: required(near) }), ...(far && { podAntiAffinity: required(far) }) },
    ...(spread && { topologySpreadConstraints: [constraint] }),
  };
}

/** A world that is changed step by step, and checked after each. */
class World {
  readonly nodes = new Map<string, NodeModel>();
  readonly pods = new Map<string, PodModel & { done?: true }>();
  readonly namespace = `run-${runs++}`;
  readonly #clock = new FakeClock();
  readonly #stop = new AbortController();
  readonly #link = new FlakyTransport(plane.server.transport({ name: "scheduler", groups: ["system:masters"] }));
  #scheduler!: RunningScheduler;
  #bound = new Map<string, string>();
  /** Those that the server has. */
  readonly #there = new Set<string>();
  #created = 0;

  async open(): Promise<void> {
    await plane.client.create(Namespace, { metadata: { name: this.namespace }, spec: {} });
    const client = createClient(this.#link);
    this.#scheduler = await runScheduler({ client, clock: this.#clock, log: silentLogger, signal: this.#stop.signal });
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the run is over"));
    for (const name of this.pods.keys()) await this.#deletePod(name);
    for (const name of this.nodes.keys()) await plane.client.delete(Node, { name });
  }

  async perform(s: Step): Promise<void> {
    if ("is" in s) await this.#setNode(`n${s.node}`, s.is);
    else if ("removeNode" in s) await this.#removeNode(`n${s.removeNode}`);
    else if ("burst" in s) await Promise.all(s.burst.map((one) => this.#touchPod(one)));
    else await this.#disturb(s.do);
    await this.#scheduler.idle();
    await this.check();
  }

  async #touchPod(s: PodStep): Promise<void> {
    if ("pod" in s) await this.#addPod(`p${this.#created++}`, s.pod);
    else if ("removePod" in s) await this.#withPod(s.removePod, (name) => this.#removePod(name));
    else await this.#withPod(s.finishPod, (name) => this.#finishPod(name));
  }

  async #disturb(what: "refuse" | "loseAnswers" | "heal" | "cut" | "wait"): Promise<void> {
    if (what === "refuse" || what === "loseAnswers") this.#link[what](isBinding);
    else if (what === "wait") await this.#clock.advance(3000);
    else if (what === "heal") this.#link.heal();
    else {
      this.#link.cut();
      await this.#link.settled();
      await this.#clock.advance(1000);
    }
  }

  async #setNode(name: string, is: NodeModel): Promise<void> {
    const spec: NodeSpec = {
      ...(is.tainted && { taints: [{ key: "k", effect: "NoSchedule" }] }),
      ...(is.cordoned && { unschedulable: true }),
    };
    const known = this.nodes.get(name);
    // What a node can give does not shrink here: that would make it over-committed without the scheduler's doing.
    const model = known ? { ...is, cpu: Math.max(is.cpu, known.cpu), pods: Math.max(is.pods, known.pods) } : is;
    const allocatable = { cpu: `${model.cpu}`, memory: "4Gi", pods: `${model.pods}` };
    // Closed while it changes, so that nothing is bound to a state in between.
    const closed = { spec: { unschedulable: true } };
    if (!known) await plane.client.create(Node, { metadata: { name }, ...closed });
    else await plane.client.patch(Node, { name }, { type: "merge", body: closed });
    await this.#scheduler.idle();
    const status = { type: "merge", body: { status: { allocatable } } } as const;
    await plane.client.patch(Node, { name }, status, { subresource: "status" });
    const body = { metadata: { labels: { zone: is.zone } }, spec: { unschedulable: null, taints: null, ...spec } };
    await plane.client.patch(Node, { name }, { type: "merge", body });
    this.nodes.set(name, model);
  }

  async #removeNode(name: string): Promise<void> {
    const there = [...this.#bound].some(([pod, node]) => node === name && this.pods.has(pod));
    if (there || !this.nodes.delete(name)) return;
    await plane.client.delete(Node, { name });
  }

  async #addPod(name: string, p: PodModel): Promise<void> {
    this.pods.set(name, p);
    const ports = p.port ? [{ containerPort: p.port, hostPort: p.port }] : [];
    await plane.client.create(Pod, {
      metadata: { name, namespace: this.namespace, labels: { app: p.app } },
      spec: {
        terminationGracePeriodSeconds: 0,
        ...rulesAbout(p),
        containers: [{ name: "c", image: "x", resources: { requests: { cpu: `${p.cpu}` } }, ports }],
        ...(p.zone && { nodeSelector: { zone: p.zone } }),
        ...(p.tolerant && { tolerations: [{ key: "k", operator: "Exists" }] }),
        ...(p.priority && { priorityClassName: IMPORTANT }),
      },
    });
    this.#there.add(name);
  }

  async #withPod(index: number, act: (name: string) => Promise<void>): Promise<void> {
    const names = [...this.pods.keys()].filter((name) => this.#there.has(name));
    const name = names[index % Math.max(1, names.length)];
    if (name !== undefined) await act(name);
  }

  async #removePod(name: string): Promise<void> {
    this.pods.delete(name);
    this.#there.delete(name);
    await this.#deletePod(name);
  }

  async #deletePod(name: string): Promise<void> {
    const deleted = plane.client.delete(Pod, { name, namespace: this.namespace }, { gracePeriodSeconds: 0 });
    // It may have been driven away.
    await deleted.catch((error) => expect(error.reason).toBe("NotFound"));
  }

  async #finishPod(name: string): Promise<void> {
    this.pods.set(name, { ...(this.pods.get(name) as PodModel), done: true });
    const body = { status: { phase: "Succeeded" } };
    const patch = plane.client.patch(Pod, { name, namespace: this.namespace }, { type: "merge", body }, { subresource: "status" });
    // It may be removed in the same burst.
    await patch.catch((error) => expect(error.reason).toBe("NotFound"));
  }

  /** Whether the pod could run on the node beside those that are there, as far as that can only get better when pods go. */
  #fits(p: PodModel, nodeName: string, others: readonly Placed[]): boolean {
    const node = this.nodes.get(nodeName);
    if (!node) return false;
    const allowed = !node.cordoned && (!node.tainted || p.tolerant) && (!p.zone || p.zone === node.zone);
    const here = others.filter((o) => o.node === nodeName).map((o) => o.pod);
    const room = here.reduce((sum, o) => sum + o.cpu, p.cpu) <= node.cpu || p.cpu === 0;
    const alone = others.every((o) => o.zone !== node.zone || (o.pod.app !== p.far && o.pod.far !== p.app));
    return allowed && alone && room && here.length < node.pods && (!p.port || here.every((o) => o.port !== p.port));
  }

  /** Whether the pods that are there let it be on the node: what may get worse when pods go. */
  #isWelcome(p: PodModel, nodeName: string, others: readonly Placed[]): boolean {
    const zone = this.nodes.get(nodeName)?.zone;
    const friends = others.filter((o) => o.pod.app === p.near);
    const near = !p.near || friends.some((o) => o.zone === zone) || (friends.length === 0 && p.app === p.near);
    if (!p.spread) return near;
    // Nodes that the pod does not select do not count.
    const zones = new Set([...this.nodes.values()].map((n) => n.zone).filter((z) => !p.zone || z === p.zone));
    const sizes = [...zones].map((z) => ({ z, size: others.filter((o) => o.zone === z && o.pod.app === p.app).length }));
    const here = sizes.find(({ z }) => z === zone)?.size ?? 0;
    return near && here + 1 - Math.min(...sizes.map(({ size }) => size)) <= 1;
  }

  /** Nothing was changed since the last check but by the scheduler and by the last step: what was bound since must fit now. */
  async check(): Promise<void> {
    const { items } = await plane.client.list(Pod, { namespace: this.namespace });
    this.#forgetVictims(new Set(items.map((p) => p.metadata.name)));
    const bound = new Map(items.filter((p) => p.spec.nodeName).map((p) => [p.metadata.name, p.spec.nodeName as string]));
    for (const [name, node] of bound) {
      const pod = this.pods.get(name);
      if (!pod || pod.done || this.#bound.has(name)) continue;
      expect(this.#fits(pod, node, this.#others(bound, name)), `${name} on ${node}`).toBe(true);
    }
    this.#bound = bound;
  }

  /** Only pods of less priority may be driven away. */
  #forgetVictims(there: ReadonlySet<string>): void {
    for (const name of this.#there) {
      if (there.has(name)) continue;
      expect(this.pods.get(name)?.priority, `${name} was driven away`).toBe(0);
      this.#there.delete(name);
      this.pods.delete(name);
    }
  }

  #others(bound: Map<string, string>, name: string): Placed[] {
    return [...this.pods].flatMap(([other, pod]) => {
      const node = bound.get(other) ?? "";
      const zone = this.nodes.get(node)?.zone;
      return other === name || pod.done || zone === undefined ? [] : [{ pod, node, zone }];
    });
  }

  /** Once everything works again, no pod waits that fits anywhere. */
  async finish(): Promise<void> {
    this.#link.heal();
    for (let i = 0; i < 4; i++) {
      await this.#scheduler.idle();
      await this.#clock.advance(10_000);
    }
    await this.#scheduler.idle();
    await this.check();
    for (const [name, pod] of this.pods) {
      if (pod.done || this.#bound.has(name)) continue;
      const all = this.#others(this.#bound, name);
      for (const node of this.nodes.keys()) {
        // Those of less priority would have to go.
        const others = all.filter((o) => o.node !== node || o.pod.priority >= pod.priority);
        expect(this.#fits(pod, node, others) && this.#isWelcome(pod, node, others), `${name} on ${node}`).toBe(false);
      }
    }
  }
}

describe("the scheduler against its model", () => {
  it("never over-commits, never breaks a rule, and binds every pod that fits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25, size: "max" }), async (steps) => {
        const world = new World();
        await world.open();
        try {
          for (const s of steps) await world.perform(s);
          await world.finish();
        } finally {
          await world.close();
        }
      }),
      { numRuns: 25 },
    );
  });
});
