import type { Node } from "@wherry/api";
import { deepEqual } from "@wherry/machinery";
import { NodeInfo } from "../framework/node-info.ts";
import type { Candidate } from "../framework/plugin.ts";
import type { PodInfo } from "../framework/pod-info.ts";

/**
 * Keeps something of its own up to date with the cluster, at the cost of the change. A node is added before the pods on it, and they are removed
 * before it; a node whose labels or taints change is removed with its pods and added again. Pods on nodes that are not there are not told of.
 */
export interface ClusterObserver {
  nodeAdded?(node: NodeInfo): void;
  nodeRemoved?(node: NodeInfo): void;
  podAdded(pod: PodInfo, node: NodeInfo): void;
  podRemoved(pod: PodInfo, node: NodeInfo): void;
}

/**
 * The nodes and what runs on them, as the scheduler believes it to be: what the informers told, and the pods it has just placed itself
 * (assumed), which count from the moment of the decision. Keyed by pod uid.
 */
export class ClusterCache {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #placed = new Map<string, NodeInfo>();
  readonly #assumed = new Set<string>();
  readonly #observers: ClusterObserver[] = [];
  /** How many nodes have each image. */
  readonly #images = new Map<string, number>();
  #candidates: readonly Candidate[] | undefined;
  #generation = 0;

  /** Another number after every change. */
  get generation(): number {
    return this.#generation;
  }

  /** Tells the observer of all that is there, and of every change from now on. */
  observe(observer: ClusterObserver): void {
    this.#observers.push(observer);
    for (const info of this.#nodes.values()) if (info.node) appear(observer, info);
  }

  /** All nodes that are there. The list changes only when a node does. */
  get candidates(): readonly Candidate[] {
    this.#candidates ??= [...this.#nodes.values()].flatMap((info) => (info.node ? [{ node: info.node, info }] : []));
    return this.#candidates;
  }

  candidate(name: string): Candidate | undefined {
    const info = this.#nodes.get(name);
    return info?.node && { node: info.node, info };
  }

  nodesWithImage(name: string): number {
    return this.#images.get(name) ?? 0;
  }

  setNode(node: Node): void {
    const info = this.#info(node.metadata.name);
    this.#candidates = undefined;
    if (info.node && isSamePlace(info.node, node)) {
      this.#put(info, node);
      return;
    }
    if (info.node) this.#disappear(info);
    this.#put(info, node);
    for (const observer of this.#observers) appear(observer, info);
  }

  /** The pods that name it stay counted, in case that it comes back. */
  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info?.node) return;
    this.#disappear(info);
    this.#put(info, undefined);
    this.#candidates = undefined;
    this.#dropEmpty(info);
  }

  /** A pod that runs, or will run, on a node. Gives the nodes on which it left something free, with what it was there. */
  setPod(pod: PodInfo, nodeName: string): { node: string; pod: PodInfo }[] {
    const { uid } = pod;
    const node = this.#placed.get(uid);
    const before = node?.get(uid);
    const freed = before && node && (node.name !== nodeName || needsLess(before, pod)) ? [{ node: node.name, pod: before }] : [];
    this.take(uid);
    this.#assumed.delete(uid);
    this.add(pod, nodeName);
    if (node) this.#dropEmpty(node);
    return freed;
  }

  /** A pod that runs, or will run, on a node. */
  get(uid: string): PodInfo | undefined {
    return this.#placed.get(uid)?.get(uid);
  }

  /** Gives the node it was on, and what it was there. */
  removePod(uid: string): { node: string; pod: PodInfo } | undefined {
    const node = this.#placed.get(uid);
    const pod = node && this.take(uid);
    if (!node || !pod) return undefined;
    this.#assumed.delete(uid);
    this.#dropEmpty(node);
    return { node: node.name, pod };
  }

  /** Counts a pod on a node before the API server knows. */
  assume(pod: PodInfo, nodeName: string): void {
    this.setPod(pod, nodeName);
    this.#assumed.add(pod.uid);
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  /** Takes an assumption back; a pod that the informer has meanwhile shown on its node stays. Gives the node it was on, and what it was there. */
  forget(uid: string): { node: string; pod: PodInfo } | undefined {
    return this.#assumed.has(uid) ? this.removePod(uid) : undefined;
  }

  /** Puts a pod on a node, to find out what would be if; `take` takes it back. */
  add(pod: PodInfo, nodeName: string): void {
    const info = this.#info(nodeName);
    info.add(pod);
    this.#placed.set(pod.uid, info);
    this.#generation++;
    if (info.node) for (const observer of this.#observers) observer.podAdded(pod, info);
  }

  /** Takes a pod from its node, to find out what would be if; `add` puts it back. */
  take(uid: string): PodInfo | undefined {
    const info = this.#placed.get(uid);
    const pod = info?.remove(uid);
    if (!info || !pod) return undefined;
    this.#placed.delete(uid);
    this.#generation++;
    if (info.node) for (const observer of this.#observers) observer.podRemoved(pod, info);
    return pod;
  }

  #put(info: NodeInfo, node: Node | undefined): void {
    this.#generation++;
    this.#countImages(info, -1);
    info.node = node;
    this.#countImages(info, 1);
  }

  #countImages({ images }: NodeInfo, change: 1 | -1): void {
    for (const name of images.keys()) {
      const nodes = (this.#images.get(name) ?? 0) + change;
      if (nodes === 0) this.#images.delete(name);
      else this.#images.set(name, nodes);
    }
  }

  #disappear(info: NodeInfo): void {
    for (const observer of this.#observers) {
      for (const pod of info.pods) observer.podRemoved(pod, info);
      observer.nodeRemoved?.(info);
    }
  }

  #info(name: string): NodeInfo {
    let info = this.#nodes.get(name);
    if (!info) {
      info = new NodeInfo(name);
      this.#nodes.set(name, info);
    }
    return info;
  }

  #dropEmpty(info: NodeInfo): void {
    if (!info.node && info.podCount === 0) this.#nodes.delete(info.name);
  }
}

function appear(observer: ClusterObserver, info: NodeInfo): void {
  observer.nodeAdded?.(info);
  for (const pod of info.pods) observer.podAdded(pod, info);
}

/** Whether observers need not hear of the change. */
function isSamePlace(a: Node, b: Node): boolean {
  return deepEqual(a.metadata.labels, b.metadata.labels) && deepEqual(a.spec?.taints, b.spec?.taints);
}

function needsLess(before: PodInfo, after: PodInfo): boolean {
  return Object.entries(before.requests).some(([name, amount]) => amount > (after.requests[name] ?? 0));
}
