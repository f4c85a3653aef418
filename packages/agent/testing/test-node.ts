import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Event, Node, Pod } from "@wherry/api";
import { type FakeClock, type Logger, silentLogger } from "@wherry/base";
import { type Client, createInformer, type Informer } from "@wherry/client";
import type { NewObject } from "@wherry/machinery";
import { FakeNetwork } from "@wherry/network/fake.ts";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { FakeRuntime } from "@wherry/runtime/fake.ts";
import type { AgentHandle } from "../agent-options.ts";
import { runAgent } from "../run-agent.ts";
import { FakeMounter } from "./fake-mounter.ts";

export interface TestNodeOptions {
  client: Client;
  clock: FakeClock;
  tls: { cert: string; key: string; clientCa: string };
  images?: readonly string[];
  /** References that a pull finds; any when absent. */
  registry?: readonly string[];
  pullMs?: number;
  log?: Logger;
}

const PATIENCE_MS = 4_000;

/** An agent on a runtime and a network that are fakes, against whatever API the client speaks to. */
export class TestNode {
  readonly client: Client;
  readonly clock: FakeClock;
  readonly runtime: FakeRuntime;
  readonly network = new FakeNetwork();
  readonly mounter = new FakeMounter();
  readonly dataDir = mkdtempSync(join(tmpdir(), "agent-"));
  readonly pods: Informer<Pod>;
  readonly #options: TestNodeOptions;
  readonly #end = new AbortController();
  agent: AgentHandle | undefined;

  private constructor(options: TestNodeOptions) {
    const { client, clock, images = ["app:v1"], registry = "all", pullMs = 0 } = options;
    this.#options = options;
    this.client = client;
    this.clock = clock;
    this.runtime = new FakeRuntime({ clock, images, registry, pullMs });
    this.pods = createInformer(client, Pod, { clock, log: silentLogger, signal: this.#end.signal });
  }

  /** Makes the node's object with its pod range, and starts the agent. Resolves when the node is Ready. */
  static async start(options: TestNodeOptions): Promise<TestNode> {
    const node = new TestNode(options);
    await options.client.create(Node, { metadata: { name: "n1" }, spec: { podCIDR: "10.244.0.0/24" } } as NewObject<Node>);
    await node.startAgent();
    return node;
  }

  async startAgent(): Promise<void> {
    const { client, clock, runtime, network, mounter, dataDir } = this;
    const { tls, log = silentLogger } = this.#options;
    this.agent = runAgent({
      ...{ client, runtime, streams: runtime, network, mounter, dataDir, clock, log, tls },
      ...{ nodeName: "n1", nodeIP: "192.0.2.1", port: 0, host: "127.0.0.1", signal: this.#end.signal },
      ...{ clusterDNS: "10.96.0.10", clusterDomain: "cluster.local", clusterCIDR: "10.244.0.0/16", serviceCIDR: "10.96.0.0/16" },
    });
    await this.agent.ready;
  }

  async stopAgent(): Promise<void> {
    await this.agent?.stop();
  }

  /** Creates a pod on this node. */
  run(name: string, spec: Partial<Pod["spec"]> = {}): Promise<Pod> {
    const containers = [{ name: "main", image: "app:v1" }];
    return this.client.create(Pod, { metadata: { name, namespace: "default" }, spec: { containers, nodeName: "n1", ...spec } });
  }

  /** Resolves with the pod once `fits` holds for it; rejects with what it was after a while of nothing. */
  async until(name: string, fits: (pod: Pod) => boolean): Promise<Pod> {
    const found = await this.#when(() => {
      const pod = this.pods.lister.get(name, "default");
      return pod && fits(pod) ? pod : undefined;
    });
    if (found) return found;
    const pod = this.pods.lister.get(name, "default");
    throw new Error(`pod ${name} never came to that; it is ${JSON.stringify(pod?.status, null, 1)}`);
  }

  /** Resolves once the API has no such pod. */
  async untilGone(name: string): Promise<void> {
    const gone = await this.#when(() => this.pods.lister.get(name, "default") === undefined || undefined);
    if (!gone) throw new Error(`pod ${name} is still there: ${JSON.stringify(this.pods.lister.get(name, "default")?.metadata)}`);
  }

  /** Resolves once `condition` gives something, which is looked at whenever the event loop comes round. */
  async eventually<T>(what: string, condition: () => T | undefined | false): Promise<T> {
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      const value = condition();
      if (value !== undefined && value !== false) return value;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`${what} never happened`);
  }

  /** The engine's containers of a pod by this name, the oldest first. */
  async containers(pod: string): Promise<EngineContainer[]> {
    const { containers } = await this.runtime.list();
    return containers.filter((c) => c.pod.name === pod).sort((a, b) => a.createdAt - b.createdAt || a.attempt - b.attempt);
  }

  /** The running container by this name. */
  async running(pod: string, container = "main"): Promise<EngineContainer> {
    const found = (await this.containers(pod)).find((c) => c.name === container && c.state === "running");
    if (!found) throw new Error(`no container ${container} of pod ${pod} runs`);
    return found;
  }

  /** `reason: message` of the pod's events so far. */
  async events(pod: string): Promise<string[]> {
    const { items } = await this.client.list(Event, { namespace: "default" });
    return items.filter((e) => e.involvedObject.name === pod).map((e) => `${e.reason}: ${e.message}`);
  }

  /** Resolves with an event that matches, once there is one. */
  async untilEvent(pod: string, pattern: RegExp): Promise<string> {
    const end = performance.now() + PATIENCE_MS;
    for (let seen: string[] = []; ; ) {
      seen = await this.events(pod);
      const found = seen.find((event) => pattern.test(event));
      if (found) return found;
      await new Promise((resolve) => setImmediate(resolve));
      if (performance.now() > end) throw new Error(`no event like ${pattern} among\n${seen.join("\n")}`);
    }
  }

  async close(): Promise<void> {
    await this.agent?.stop();
    this.#end.abort(new Error("the test is over"));
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  #when<T>(condition: () => T | undefined): Promise<T | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(undefined), PATIENCE_MS);
      const end = (value: T | undefined) => {
        clearTimeout(timer);
        off();
        resolve(value);
      };
      const look = () => {
        const value = condition();
        if (value !== undefined) queueMicrotask(() => end(value));
      };
      let off = () => {};
      off = this.pods.on({ added: look, updated: look, deleted: look });
      look();
    });
  }
}
