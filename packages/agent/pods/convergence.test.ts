import { Pod } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { testTls } from "@wherry/pki/testing/tls.ts";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { startControlPlane } from "@wherry/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TestNode } from "../testing/test-node.ts";

/** What may happen to a node. Indexes choose among what there is. */
type Step =
  | { do: "create"; policy: "Always" | "OnFailure" | "Never"; sidecar: boolean }
  | { do: "delete"; index: number; force: boolean }
  | { do: "exit"; index: number; code: number }
  | { do: "remove"; index: number }
  | { do: "killSandbox"; index: number }
  | { do: "restartAgent" }
  | { do: "engineDown" }
  | { do: "advance"; seconds: number };

const index = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("create" as const),
      policy: fc.constantFrom("Always" as const, "OnFailure" as const, "Never" as const),
      sidecar: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), index, force: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("exit" as const), index, code: fc.constantFrom(0, 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("killSandbox" as const), index }) },
  { weight: 2, arbitrary: fc.constant({ do: "restartAgent" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "engineDown" as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("advance" as const), seconds: fc.constantFrom(1, 5, 30, 400) }) },
);

const PATIENCE_MS = 15_000;

/** A fixed set of scenarios each time; `npm run test:long` looks for new ones, and prints the seed of what it finds. */
const LONG = process.env.WHERRY_TEST_LONG === "1";
const SCENARIOS = LONG ? { numRuns: 500 } : { numRuns: 25, seed: 20_261_123 };

/** Runs a scenario, and watches that what must never happen does not. */
class Scenario {
  readonly node: TestNode;
  /** How often something was done to each pod's containers or sandbox, by uid. */
  readonly #harms = new Map<string, number>();
  #made = 0;

  constructor(node: TestNode) {
    this.node = node;
  }

  async run(what: Step): Promise<void> {
    const { node } = this;
    switch (what.do) {
      case "create":
        await this.#create(what.policy, what.sidecar);
        break;
      case "delete": {
        const pod = pick(node.pods.lister.list(), what.index);
        if (pod)
          await node.client
            .delete(Pod, { name: pod.metadata.name, namespace: "default" }, what.force ? { gracePeriodSeconds: 0 } : {})
            .catch(() => {});
        break;
      }
      case "exit":
        await this.#harm(what.index, ({ id }) => node.runtime.exit(id, what.code));
        break;
      case "remove":
        await this.#harm(what.index, ({ id }) => node.runtime.removeContainer(id));
        break;
      case "killSandbox": {
        const sandbox = pick(
          (await node.runtime.list()).sandboxes.filter((s) => s.running),
          what.index,
        );
        if (sandbox) this.#harmed(sandbox.pod?.uid);
        if (sandbox) node.runtime.killSandbox(sandbox.id);
        break;
      }
      case "restartAgent":
        await node.stopAgent();
        await node.startAgent();
        break;
      case "engineDown":
        node.runtime.available = false;
        await node.clock.advance(3_000);
        node.runtime.setAvailable(true);
        break;
      case "advance":
        await node.clock.advance(what.seconds * 1000);
    }
    await this.checkOnce();
    await this.checkRestarts();
  }

  async #create(restartPolicy: string, sidecar: boolean): Promise<void> {
    const image = "app:v1";
    const initContainers = sidecar ? [{ name: "proxy", image, restartPolicy: "Always" }] : [];
    const containers = ["main", "other"].map((name) => ({ name, image }));
    await this.node.run(`p${++this.#made}`, { restartPolicy, initContainers, containers, terminationGracePeriodSeconds: 5 });
  }

  async #harm(at: number, act: (container: EngineContainer) => unknown): Promise<void> {
    const running = (await this.node.runtime.list()).containers.filter((c) => c.state === "running");
    const chosen = pick(running, at);
    if (!chosen) return;
    this.#harmed(chosen.pod.uid);
    await act(chosen);
  }

  #harmed(uid: string | undefined): void {
    if (uid) this.#harms.set(uid, (this.#harms.get(uid) ?? 0) + 1);
  }

  /** No container was started again to which nothing had been done. */
  async checkRestarts(): Promise<void> {
    const { containers } = await this.node.runtime.list();
    const needless = containers.filter((c) => c.attempt > (this.#harms.get(c.pod.uid) ?? 0));
    expect(needless.map((c) => `${c.pod.name} ${c.name}/${c.attempt}`)).toEqual([]);
  }

  /** Never two running containers of one name in a pod. */
  async checkOnce(): Promise<void> {
    const { containers } = await this.node.runtime.list();
    const names = containers.filter((c) => c.state === "running").map((c) => `${c.pod.uid}/${c.name}`);
    expect(names.length, `twice running among ${names}`).toBe(new Set(names).size);
  }

  /** Lets everything come to rest: back-offs run out, and every pod is what its spec says. */
  async settle(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      await this.node.clock.advance(20_000);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      if ((await this.unsettled()).length === 0) return;
    }
    expect(await this.unsettled()).toEqual([]);
  }

  /** What is not yet as it should be in the end. */
  async unsettled(): Promise<string[]> {
    const { containers, sandboxes } = await this.node.runtime.list();
    const wrong: string[] = [];
    const pods = this.node.pods.lister.list();
    const uids = new Set(pods.map((p) => p.metadata.uid));
    for (const c of containers) if (!uids.has(c.pod.uid)) wrong.push(`container ${c.name} of a pod that is gone`);
    for (const s of sandboxes) if (s.pod && !uids.has(s.pod.uid)) wrong.push(`sandbox of a pod that is gone`);
    for (const pod of pods)
      wrong.push(
        ...this.#wrongWith(
          pod,
          containers.filter((c) => c.pod.uid === pod.metadata.uid),
        ),
      );
    return wrong;
  }

  #wrongWith(pod: Pod, containers: readonly EngineContainer[]): string[] {
    const { name, deletionTimestamp } = pod.metadata;
    const phase = pod.status?.phase;
    if (deletionTimestamp) return [`${name} is still being deleted`];
    const running = containers.filter((c) => c.state === "running").map((c) => c.name);
    if (phase === "Succeeded" || phase === "Failed") return running.length ? [`${name} is ${phase}, and ${running} runs`] : [];
    const told = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].filter((s) => s.state?.running);
    const wanted = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].filter(
      (c) => pod.spec.restartPolicy === "Always" || c.restartPolicy === "Always",
    );
    return [
      ...(phase === "Running" ? [] : [`${name} is ${phase}`]),
      ...wanted.filter((c) => !running.includes(c.name)).map((c) => `${name}: ${c.name} does not run`),
      ...(told.length === running.length ? [] : [`${name} says that ${told.map((s) => s.name)} run, and ${running} do`]),
    ];
  }
}

const pick = <T>(items: readonly T[], at: number): T | undefined => items[at % Math.max(1, items.length)];

describe("whatever happens to a node", () => {
  it("its pods become what they should be, and no container runs twice", async () => {
    const tls = (await testTls()).server;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const clock = new FakeClock();
        const plane = await startControlPlane({ clock });
        const node = await TestNode.start({ client: plane.client, clock, tls });
        try {
          const scenario = new Scenario(node);
          for (const one of steps) await scenario.run(one);
          await scenario.settle();
          await scenario.checkOnce();
          await scenario.checkRestarts();
        } finally {
          await node.close();
          await plane.close();
        }
      }),
      SCENARIOS,
    );
  }, 240_000);

  it("a restart of the agent touches nothing, at whatever moment", async () => {
    const tls = (await testTls()).server;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }), async (turns) => {
        const clock = new FakeClock();
        const plane = await startControlPlane({ clock });
        const node = await TestNode.start({ client: plane.client, clock, tls });
        try {
          const names = ["a", "b", "c"];
          for (const name of names) await node.run(name);
          for (const count of turns) {
            for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
            await node.stopAgent();
            await node.startAgent();
          }
          for (const name of names) await node.until(name, (p) => p.status?.phase === "Running");
          const { containers } = await node.runtime.list();
          expect(containers.map((c) => `${c.pod.name} ${c.attempt} ${c.state}`).sort()).toEqual(names.map((n) => `${n} 0 running`));
          expect(node.runtime.calls.get("stopContainer")).toBeUndefined();
        } finally {
          await node.close();
          await plane.close();
        }
      }),
      { numRuns: 15 },
    );
  }, 240_000);
});
