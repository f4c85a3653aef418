import { Node, type NodeCondition, type NodeStatus } from "@wherry/api";
import { type Clock, hasReason, type Logger, rfc3339, type Timer } from "@wherry/base";
import type { Client } from "@wherry/client";
import type { EventRecorder } from "@wherry/engine";
import { deepEqual } from "@wherry/machinery";
import type { ContainerRuntime } from "@wherry/runtime";
import { nodeConditions, transitionReason } from "./conditions.ts";
import { describeNode, type NodeFacts, nodeImages } from "./describe-node.ts";
import { readHostFacts } from "./host-facts.ts";

export interface NodeKeeperOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  events: EventRecorder;
  runtime: ContainerRuntime;
  facts: NodeFacts;
}

/** How often the host is looked at. */
const LOOK_MS = 10_000;
/** How often the status is written when nothing changes. Source: kubelet nodeStatusReportFrequency. */
const REPORT_MS = 300_000;

/** Keeps this node's object as the node is: registers it, and writes its status when it changes and every five minutes. */
export class NodeKeeper {
  readonly #options: NodeKeeperOptions;
  #node: Node | undefined;
  #problem: string | undefined =
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:the node's network is being set up";
  #reportedAt = 0;
  #timer: Timer | undefined;
  #stopped = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: NodeKeeperOptions) {
    this.#options = options;
  }

  /** The newest version of the node's object that is known. Throws before `register`. */
  get node(): Node {
    if (!this.#node) throw new Error("the node is not registered yet");
    return this.#node;
  }

  /** The API has a new version of the node. */
  learn(node: Node): void {
    if (!this.#node || Number(node.metadata.resourceVersion) >= Number(this.#node.metadata.resourceVersion)) this.#node = node;
  }

  /** Makes the node known to the cluster, or finds it there; then looks after it until `stop`. */
  async register(): Promise<void> {
    const { client, events, facts } = this.#options;
    const described = describeNode(facts);
    const status = await this.#statusNow(described.status);
    this.#node = await client.create(Node, { ...described, status }).catch((error: unknown) => {
      if (!hasReason(error, "AlreadyExists")) throw error;
      const { labels, annotations } = described.metadata;
      const body = { metadata: { labels, annotations } };
      return client.patch(Node, { name: facts.nodeName }, { type: "merge", body });
    });
    events.event(this.node, "Normal", "Starting", "Starting kubelet.");
    await this.report(true);
    this.#look();
  }

  /** Says whether the node can run pods: `problem` is why not. Resolves when the API knows. */
  async setProblem(problem: string | undefined): Promise<void> {
    if (this.#problem === problem) return;
    this.#problem = problem;
    await this.report(true);
  }

  /** Writes the status if it changed or is due, or if `force` is set. One write at a time. */
  report(force = false): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write(force));
    return this.#writing;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#writing.catch(() => {});
  }

  #look(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.schedule(LOOK_MS, () => {
      this.report()
        .catch((error: Error) => this.#options.log.warn("the node's status cannot be written: trying again", { error }))
        .finally(() => this.#look());
    });
  }

  async #write(force: boolean): Promise<void> {
    const { client, clock, runtime, facts } = this.#options;
    const before = this.node.status;
    const due = clock.now() - this.#reportedAt >= REPORT_MS;
    const status = await this.#statusNow(describeNode(facts).status);
    const changed = status.conditions!.some((c) => !sameCondition(c, before?.conditions));
    if (!force && !changed && !due) return;
    const images = await runtime.listImages().catch(() => undefined);
    const body = { status: { ...status, ...(images && { images: nodeImages(images) }) } };
    if (deepEqual(before, body.status)) return;
    this.learn(await client.patch(Node, { name: facts.nodeName }, { type: "strategic", body }, { subresource: "status" }));
    this.#reportedAt = clock.now();
    for (const condition of status.conditions!) this.#tell(condition, before?.conditions);
  }

  async #statusNow(described: NodeStatus): Promise<NodeStatus> {
    const { clock, facts } = this.#options;
    const host = await readHostFacts(facts.info.rootDirectory);
    const conditions = nodeConditions(host, this.#problem, this.#node?.status?.conditions, rfc3339(clock.now()));
    return { ...described, conditions };
  }

  #tell(condition: NodeCondition, before: readonly NodeCondition[] | undefined): void {
    if (before?.some((c) => c.type === condition.type && c.status === condition.status)) return;
    const reason = transitionReason(condition);
    this.#options.events.event(this.node, "Normal", reason, `Node ${this.node.metadata.name} status is now: ${reason}`);
  }
}

function sameCondition(condition: NodeCondition, before: readonly NodeCondition[] | undefined): boolean {
  const old = before?.find((c) => c.type === condition.type);
  return old?.status === condition.status && old.reason === condition.reason && old.message === condition.message;
}
