import { Lease, Node, Pod } from "@wherry/api";
import { hasReason, rfc3339Micro } from "@wherry/base";
import type { Client } from "@wherry/client";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { keyOf, splitKey } from "@wherry/machinery";
import { node as readyNode } from "../builders/node.ts";
import { readyStatus } from "../builders/pod.ts";

const LEASES = "kube-node-lease";

/** What a hollow node runs, as its engine would list it. */
interface Running {
  name: string;
  restarts: number;
}

interface HollowNode {
  /** Nothing of it reaches the server, and nothing reaches it. What runs on it goes on. */
  cut: boolean;
  /** By the pod's uid. */
  running: Map<string, Running>;
}

/**
 * Nodes without an engine: each runs the pods that are bound to it at once, ends those that are deleted or gone, and can be cut off from the server. One controller
 * stands for all of them, so that the runner knows when they have nothing left to do.
 */
export class HollowNodes {
  readonly #nodes = new Map<string, HollowNode>();
  readonly #client: () => Client;
  #context: ControllerContext | undefined;
  #addresses = 0;

  constructor(client: () => Client) {
    this.#client = client;
  }

  get names(): string[] {
    return [...this.#nodes.keys()];
  }

  get cut(): string[] {
    return this.names.filter((name) => this.#nodes.get(name)?.cut);
  }

  /** `node/pod` of everything that really runs, whatever the server thinks. */
  get running(): string[] {
    return [...this.#nodes].flatMap(([node, { running }]) => [...running.values()].map(({ name }) => `${node}/${name}`));
  }

  /** A new host joins. */
  async join(name: string, labels: Record<string, string>): Promise<void> {
    const { status, ...made } = readyNode(name, { labels });
    const created = await this.#client().create(Node, { ...made, spec: {} });
    await this.#client().update(Node, { ...created, ...(status && { status }) }, { subresource: "status" });
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name, uid: created.metadata.uid }];
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: this.#now() };
    await this.#client().create(Lease, { metadata: { name, namespace: LEASES, ownerReferences }, spec });
    this.#nodes.set(name, { cut: false, running: new Map() });
  }

  /** The host is destroyed, and its administrator says so. */
  async destroy(name: string): Promise<void> {
    this.#nodes.delete(name);
    await this.#client().delete(Node, { name });
  }

  cutOff(name: string): void {
    this.#nodes.get(name)!.cut = true;
  }

  /** The link is back: the node gives a sign of life, and looks at all its pods. */
  async reconnect(name: string): Promise<void> {
    const node = this.#nodes.get(name)!;
    node.cut = false;
    await this.#beat(name);
    for (const uid of node.running.keys()) this.#context?.wake(`gone/${name}/${uid}`);
    for (const pod of this.#context?.lister(Pod).list() ?? []) if (pod.spec.nodeName === name) this.#context?.wake(keyOf(pod));
  }

  /** Every node that can gives a sign of life. */
  async beat(): Promise<void> {
    const alive = this.names.filter((name) => !this.#nodes.get(name)?.cut);
    await Promise.all(alive.map((name) => this.#beat(name)));
  }

  /** Kills a container of a pod that runs: it starts again. */
  killContainer(pod: Pod): void {
    const running = this.#nodes.get(pod.spec.nodeName ?? "")?.running.get(pod.metadata.uid);
    if (!running) return;
    running.restarts++;
    this.#context?.wake(keyOf(pod));
  }

  controller(): Controller {
    return {
      name: "hollow-nodes",
      watches: [
        watchOf({
          kind: Pod,
          wakes: (pod, { gone }, context) => {
            this.#context = context;
            const { nodeName } = pod.spec;
            if (!nodeName) return [];
            return gone ? [`gone/${nodeName}/${pod.metadata.uid}`] : [keyOf(pod)];
          },
        }),
      ],
      reconcile: async (key, context) => {
        const [first, node = "", uid = ""] = key.split("/");
        if (first === "gone") this.#forget(node, uid, context);
        else await this.#keep(key, context).catch(ignoreNotFound);
      },
    };
  }

  /** A kubelet ends what the server does not know. */
  #forget(name: string, uid: string, context: ControllerContext): void {
    const node = this.#nodes.get(name);
    if (
      node &&
      !node.cut &&
      !context
        .lister(Pod)
        .list()
        .some((pod) => pod.metadata.uid === uid)
    )
      node.running.delete(uid);
  }

  async #keep(key: string, context: ControllerContext): Promise<void> {
    const { name, namespace = "" } = splitKey(key);
    const pod = context.lister(Pod).get(name, namespace);
    const node = pod && this.#nodes.get(pod.spec.nodeName ?? "");
    if (!pod || !node || node.cut) return;
    const { uid, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp || isOver(pod)) {
      node.running.delete(uid);
      if (!deletionTimestamp) return;
      context.wrote(Pod, await context.client.delete(Pod, { name, namespace }, { gracePeriodSeconds: 0, preconditions: { uid } }));
      return;
    }
    const running = node.running.get(uid) ?? { name, restarts: 0 };
    node.running.set(uid, running);
    const status = statusOf(pod, running, pod.status?.podIP ?? this.#nextAddress(), context.clock.now());
    if (status) context.wrote(Pod, await context.client.update(Pod, { ...pod, status } as Pod, { subresource: "status" }));
  }

  async #beat(name: string): Promise<void> {
    const renewal = { spec: { renewTime: this.#now() } };
    await this.#client().patch(Lease, { name, namespace: LEASES }, { type: "merge", body: renewal });
    const { status } = await this.#client().get(Node, { name });
    const lastHeartbeatTime = this.#now();
    const conditions = (status?.conditions ?? []).map((c) => ({ ...c, status: c.type === "Ready" ? "True" : "False", lastHeartbeatTime }));
    await this.#client().patch(Node, { name }, { type: "strategic", body: { status: { conditions } } }, { subresource: "status" });
  }

  #nextAddress(): string {
    const n = ++this.#addresses;
    return `10.244.${(n >> 8) & 255}.${n & 255}`;
  }

  #now(): string {
    return rfc3339Micro(this.#context?.clock.now() ?? Date.UTC(2026, 0, 1));
  }
}

const isOver = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** What a kubelet would say; undefined when it was said already. A pod that is not to run for ever succeeds at once. */
function statusOf(pod: Pod, { restarts }: Running, ip: string, now: number): Pod["status"] | undefined {
  const [container] = pod.spec.containers;
  if (pod.spec.restartPolicy !== "Always") return { ...pod.status, ...readyStatus(ip, now), phase: "Succeeded" };
  const ready = pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True");
  if (ready && pod.status?.phase === "Running" && pod.status.containerStatuses?.[0]?.restartCount === restarts) return undefined;
  const said = { name: container?.name ?? "", image: container?.image ?? "", imageID: "", ready: true, restartCount: restarts };
  return { ...pod.status, ...readyStatus(ip, now), containerStatuses: [said] };
}

function ignoreNotFound(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
