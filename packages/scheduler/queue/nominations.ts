import type { ClusterCache } from "../cluster/cluster-cache.ts";
import type { Attempt, Framework, NodeRefusal } from "../framework/framework.ts";
import type { Candidate } from "../framework/plugin.ts";
import type { PodInfo } from "../framework/pod-info.ts";

/** Pods without a node for which others make room on a node: those of less priority must leave it to them. */
export class Nominations {
  readonly #byNode = new Map<string, Map<string, PodInfo>>();
  readonly #nodeOf = new Map<string, string>();

  /** The node on which room is made for the pod. */
  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid);
  }

  get(uid: string): PodInfo | undefined {
    return this.#byNode.get(this.#nodeOf.get(uid) ?? "")?.get(uid);
  }

  set(pod: PodInfo, node: string): void {
    this.delete(pod.uid);
    this.#nodeOf.set(pod.uid, node);
    const pods = this.#byNode.get(node);
    if (pods) pods.set(pod.uid, pod);
    else this.#byNode.set(node, new Map([[pod.uid, pod]]));
  }

  /** Gives the node that it was nominated for. */
  delete(uid: string): string | undefined {
    const node = this.#nodeOf.get(uid);
    if (node === undefined) return undefined;
    this.#nodeOf.delete(uid);
    const pods = this.#byNode.get(node);
    if (pods?.delete(uid) && pods.size === 0) this.#byNode.delete(node);
    return node;
  }

  on(node: string): readonly PodInfo[] {
    return [...(this.#byNode.get(node)?.values() ?? [])];
  }

  /** Those on the node that the pod must leave room for. */
  before(pod: PodInfo, node: string): readonly PodInfo[] {
    if (!this.#byNode.has(node)) return NONE;
    return this.on(node).filter((other) => other.uid !== pod.uid && other.priority >= pod.priority);
  }
}

const NONE: readonly PodInfo[] = [];

/** What a judgement rests on. */
export interface Judging {
  readonly cluster: ClusterCache;
  readonly framework: Framework;
  readonly nominations: Nominations;
}

/**
 * Whether the pod may run on the node, both with the pods that are nominated for it and without them: they may fit elsewhere after all. Source:
 * `RunFilterPluginsWithNominatedPods`.
 */
export function judge({ cluster, framework, nominations }: Judging, attempt: Attempt, candidate: Candidate): NodeRefusal | undefined {
  const { name } = candidate.info;
  const others = nominations.before(attempt.pod, name).filter((pod) => !candidate.info.has(pod.uid));
  if (others.length > 0) {
    for (const pod of others) cluster.add(pod, name);
    const refusal = framework.attempt(attempt.pod).filter(candidate);
    for (const pod of others) cluster.take(pod.uid);
    if (refusal) return refusal;
  }
  return attempt.filter(candidate);
}
