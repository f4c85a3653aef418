import { DaemonSet, Deployment, isPodTerminal, Node, Pod, ReplicaSet, StatefulSet } from "@wherry/api";
import { FakeClock, hasReason } from "@wherry/base";
import type { Client } from "@wherry/client";
import { builtinControllers } from "@wherry/controllers";
import type { ApiObject, KindDefinition, NewObject } from "@wherry/machinery";
import { daemonSet, deployment, replicaSet, statefulSet } from "../builders/workload.ts";
import { type ControlPlane, startControlPlane } from "../control-plane.ts";
import { HollowNodes } from "./hollow-nodes.ts";
import type { Operation, WorkloadKind } from "./operations.ts";

/** What somebody asked for. */
export interface Workload {
  kind: WorkloadKind;
  name: string;
  replicas: number;
  image: string;
  paused: boolean;
}

/** Every kind of workload, as its client sees it. */
export const KINDS: Readonly<Record<WorkloadKind, KindDefinition>> = { Deployment, ReplicaSet, DaemonSet, StatefulSet };

const NAMESPACE = "default";
/** The label of the nodes that are chosen for a part of the workloads. */
export const CHOSEN = "chosen";
const MAX_NODES = 5;
const MAX_WORKLOADS = 6;
/** With more nodes away, upstream takes it for a failure of the network, and moves nothing. */
const MAX_CUT = 2;
/** How often nodes give signs of life. */
const BEAT_SECONDS = 10;
/** Time enough for all that waits for a timer: back-offs and pacers; with a node away also its silence and the pods' toleration of it. */
const QUIET_SECONDS = 60;
const QUIET_WITHOUT_NODE_SECONDS = 420;

/** A whole control plane over hollow nodes, to which operations happen, and what was asked of it. */
export class ModelCluster {
  readonly nodes: HollowNodes;
  readonly workloads = new Map<string, Workload>();
  readonly cordoned = new Set<string>();
  readonly clock: FakeClock;
  readonly #plane: ControlPlane;
  #names = 0;

  private constructor(plane: ControlPlane, clock: FakeClock, nodes: HollowNodes) {
    this.#plane = plane;
    this.clock = clock;
    this.nodes = nodes;
  }

  /** With two nodes. Close it at the end. */
  static async open(): Promise<ModelCluster> {
    const clock = new FakeClock();
    let plane: ControlPlane | undefined;
    const nodes = new HollowNodes(() => plane!.client);
    const controllers = [...builtinControllers({ clusterCIDR: "10.244.0.0/16" }), nodes.controller()];
    plane = await startControlPlane({ clock, controllers, scheduler: true });
    const cluster = new ModelCluster(plane, clock, nodes);
    for (const chosen of [true, false]) await cluster.perform({ do: "join", chosen });
    return cluster;
  }

  get client(): Client {
    return this.#plane.client;
  }

  close(): Promise<void> {
    return this.#plane.close();
  }

  /** Resolves when nobody has anything left to do at the present time. */
  settled(): Promise<void> {
    return this.#plane.idle();
  }

  list<O extends ApiObject>(kind: KindDefinition<O>): readonly O[] {
    return this.#plane.informers.informer(kind).lister.list();
  }

  /** Those that are neither over nor on their way out. */
  get pods(): readonly Pod[] {
    return this.list(Pod).filter((pod) => !pod.metadata.deletionTimestamp && !isPodTerminal(pod));
  }

  /** Nodes that take any pod. */
  get open(): readonly string[] {
    return this.nodes.names.filter((name) => !this.nodes.cut.includes(name) && !this.cordoned.has(name));
  }

  /** Time passes until nothing is left that waits for it. */
  async quiet(): Promise<void> {
    await this.settled();
    await this.pass(this.nodes.cut.length > 0 ? QUIET_WITHOUT_NODE_SECONDS : QUIET_SECONDS);
  }

  async pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= BEAT_SECONDS) {
      await this.clock.advance(Math.min(BEAT_SECONDS, left) * 1000);
      await this.nodes.beat();
      await this.settled();
    }
  }

  /** Does it, if there is anything to do it to. What it leads to may be under way still. */
  async perform(op: Operation): Promise<void> {
    try {
      await this.#perform(op);
    } catch (error) {
      // What was chosen may be on its way out.
      if (!hasReason(error, "NotFound") && !hasReason(error, "Conflict")) throw error;
    }
  }

  async #perform(op: Operation): Promise<void> {
    switch (op.do) {
      case "create":
        return this.#create(op.kind, op.replicas);
      case "scale":
      case "roll":
      case "pause":
      case "resume":
      case "delete":
        return this.#change(op);
      case "deletePod":
      case "killContainer":
        return this.#hitPod(op.do, op.pod);
      case "join":
        return this.#join(op.chosen);
      case "wait":
        return this.pass(op.seconds);
      case "quiet":
        return this.quiet();
      default:
        return this.#touchNode(op);
    }
  }

  async #create(kind: WorkloadKind, replicas: number): Promise<void> {
    if (this.workloads.size >= MAX_WORKLOADS) return;
    const name = `w${++this.#names}`;
    const workload: Workload = { kind, name, replicas, image: "app:v1", paused: false };
    await this.client.create(KINDS[kind], manifestOf(workload));
    this.workloads.set(name, workload);
  }

  async #change(op: Extract<Operation, { workload: number }>): Promise<void> {
    const workload = pick([...this.workloads.values()], op.workload);
    if (!workload) return;
    const { kind, name } = workload;
    const at = { name, namespace: NAMESPACE };
    if (op.do === "delete") {
      await this.client.delete(KINDS[kind], at, { propagationPolicy: "Background" });
      this.workloads.delete(name);
      return;
    }
    const spec = changeOf(workload, op);
    if (!spec) return;
    await this.client.patch(KINDS[kind], at, { type: "strategic", body: { spec } });
  }

  async #hitPod(what: "deletePod" | "killContainer", n: number): Promise<void> {
    const pod = pick(this.pods, n);
    if (!pod) return;
    if (what === "killContainer") this.nodes.killContainer(pod);
    else await this.client.delete(Pod, { name: pod.metadata.name, namespace: NAMESPACE });
  }

  async #join(chosen: boolean): Promise<void> {
    if (this.nodes.names.length >= MAX_NODES) return;
    await this.nodes.join(`n${++this.#names}`, { [CHOSEN]: String(chosen) });
  }

  async #touchNode(op: Extract<Operation, { node: number }>): Promise<void> {
    const name = pick(this.nodes.names, op.node);
    if (!name) return;
    const cut = this.nodes.cut.includes(name);
    if (op.do === "cut" && !cut && this.nodes.cut.length < MAX_CUT) this.nodes.cutOff(name);
    else if (op.do === "reconnect" && cut) await this.nodes.reconnect(name);
    else if (op.do === "destroy" && this.nodes.names.length > 1) await this.#destroy(name);
    else if (op.do === "label") await this.#patchNode(name, { metadata: { labels: { [CHOSEN]: String(op.chosen) } } });
    else if (op.do === "cordon" || op.do === "uncordon") await this.#cordon(name, op.do === "cordon");
    else if (op.do === "drain") await this.#drain(name);
  }

  async #destroy(name: string): Promise<void> {
    this.cordoned.delete(name);
    await this.nodes.destroy(name);
  }

  async #cordon(name: string, unschedulable: boolean): Promise<void> {
    await this.#patchNode(name, { spec: { unschedulable: unschedulable || null } });
    if (unschedulable) this.cordoned.add(name);
    else this.cordoned.delete(name);
  }

  async #drain(node: string): Promise<void> {
    await this.#cordon(node, true);
    const drained = this.pods.filter(({ spec, metadata }) => spec.nodeName === node && !metadata.ownerReferences?.some(isDaemonSet));
    for (const { metadata } of drained) {
      const at = { name: metadata.name, namespace: NAMESPACE };
      await this.client.post(Pod, at, "eviction", { apiVersion: "policy/v1", kind: "Eviction", metadata: at });
    }
  }

  async #patchNode(name: string, body: object): Promise<void> {
    await this.client.patch(Node, { name }, { type: "merge", body });
  }
}

const isDaemonSet = ({ kind }: { kind: string }) => kind === "DaemonSet";

const pick = <T>(all: readonly T[], n: number): T | undefined => all[n % Math.max(1, all.length)];

/** Notes the change in the model, and gives it as a patch; undefined when the kind knows no such thing. */
function changeOf(workload: Workload, op: Extract<Operation, { workload: number }>): object | undefined {
  if (op.do === "scale") {
    if (workload.kind === "DaemonSet") return undefined;
    workload.replicas = op.replicas;
    return { replicas: op.replicas };
  }
  if (op.do === "roll") {
    workload.image = op.image;
    return { template: { spec: { containers: [{ name: "main", image: op.image }] } } };
  }
  if (workload.kind !== "Deployment") return undefined;
  workload.paused = op.do === "pause";
  return { paused: workload.paused };
}

function manifestOf({ kind, name, replicas }: Workload): NewObject<ApiObject> {
  switch (kind) {
    case "Deployment":
      return deployment(name, replicas);
    case "ReplicaSet":
      return replicaSet(name, replicas);
    case "StatefulSet":
      return statefulSet(name, replicas);
    case "DaemonSet":
      return daemonSet(name, { [CHOSEN]: "true" });
  }
}
