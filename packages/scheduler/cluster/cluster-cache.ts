import type { Node } from "@wherry/api";
import { NodeInfo } from "../framework/node-info.ts";
import type { Candidate } from "../framework/plugin.ts";
import type { PodInfo } from "../framework/pod-info.ts";

/**
 * The nodes and what runs on them, as the scheduler believes it to be: what the informers told, and the pods it has just placed itself
 * (assumed), which count from the moment of the decision. Keyed by pod uid.
 */
export class ClusterCache {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #placed = new Map<string, NodeInfo>();
  readonly #assumed = new Set<string>();
  #candidates: readonly Candidate[] | undefined;

  /** All nodes that are there. The list changes only when a node does. */
  get candidates(): readonly Candidate[] {
    this.#candidates ??= [...this.#nodes.values()].flatMap((info) => (info.node ? [{ node: info.node, info }] : []));
    return this.#candidates;
  }

  candidate(name: string): Candidate | undefined {
    const info = this.#nodes.get(name);
    return info?.node && { node: info.node, info };
  }

  setNode(node: Node): void {
    this.#info(node.metadata.name).node = node;
    this.#candidates = undefined;
  }

  /** The pods that name it stay counted, in case that it comes back. */
  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info) return;
    info.node = undefined;
    this.#candidates = undefined;
    this.#dropEmpty(info);
  }

  /** A pod that runs, or will run, on a node. Gives the nodes on which it left something free. */
  setPod(pod: PodInfo, nodeName: string): string[] {
    const { uid } = pod.pod.metadata;
    const before = this.#placed.get(uid);
    const freed = before && (before.name !== nodeName || needsLess(before.get(uid), pod)) ? [before.name] : [];
    if (before && before.name !== nodeName) this.removePod(uid);
    const info = this.#info(nodeName);
    info.add(pod);
    this.#placed.set(uid, info);
    this.#assumed.delete(uid);
    return freed;
  }

  /** Gives the node it was on. */
  removePod(uid: string): string | undefined {
    const info = this.#placed.get(uid);
    if (!info) return undefined;
    info.remove(uid);
    this.#placed.delete(uid);
    this.#assumed.delete(uid);
    this.#dropEmpty(info);
    return info.name;
  }

  /** Counts a pod on a node before the API server knows. */
  assume(pod: PodInfo, nodeName: string): void {
    this.setPod(pod, nodeName);
    this.#assumed.add(pod.pod.metadata.uid);
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  /** Takes an assumption back; a pod that the informer has meanwhile shown on its node stays. Gives the node it was on. */
  forget(uid: string): string | undefined {
    return this.#assumed.has(uid) ? this.removePod(uid) : undefined;
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

function needsLess(before: PodInfo | undefined, after: PodInfo): boolean {
  return Object.entries(before?.requests ?? {}).some(([name, amount]) => amount > (after.requests[name] ?? 0));
}
