import { signatureOf } from "../framework/pod-signature.ts";
import { Heap } from "./heap.ts";
import { comesBefore, type QueuedPod } from "./queued-pod.ts";

/** Parked pods that every node answers alike. */
export class ParkedGroup {
  readonly key: string;
  /** The plugins that refused the one that was tried last; empty when there was no node at all. */
  rejectedBy: ReadonlySet<string> = new Set();
  readonly #pods = new Map<string, QueuedPod>();
  /** Holds what `#pods` does, and entries that have left it since: those are skipped. */
  readonly #heap = new Heap<QueuedPod>(comesBefore);

  constructor(key: string) {
    this.key = key;
  }

  get size(): number {
    return this.#pods.size;
  }

  get pods(): Iterable<QueuedPod> {
    return this.#pods.values();
  }

  /** The one to be tried first. */
  get first(): QueuedPod | undefined {
    for (let pod = this.#heap.first; pod; pod = this.#heap.first) {
      if (this.#pods.get(pod.info.uid) === pod) return pod;
      this.#heap.pop();
    }
    return undefined;
  }

  get(uid: string): QueuedPod | undefined {
    return this.#pods.get(uid);
  }

  add(pod: QueuedPod): void {
    this.#pods.set(pod.info.uid, pod);
    this.#heap.push(pod);
  }

  delete(uid: string): boolean {
    return this.#pods.delete(uid);
  }
}

/** Pods that wait for a change, by what the nodes answer them: a change is judged once for each group, however many are in it. */
export class ParkedPods {
  readonly #groups = new Map<string, ParkedGroup>();
  readonly #groupOf = new Map<string, ParkedGroup>();

  get size(): number {
    return this.#groupOf.size;
  }

  /** A copy: pods may be added and deleted while it is gone through. */
  get groups(): readonly ParkedGroup[] {
    return [...this.#groups.values()];
  }

  group(key: string): ParkedGroup | undefined {
    return this.#groups.get(key);
  }

  get(uid: string): QueuedPod | undefined {
    return this.#groupOf.get(uid)?.get(uid);
  }

  /** @param apart whether it is in a group of its own */
  add(pod: QueuedPod, rejectedBy: ReadonlySet<string>, apart: boolean): void {
    const key = apart ? pod.info.uid : signatureOf(pod.info);
    const group = this.#groups.get(key) ?? new ParkedGroup(key);
    group.rejectedBy = rejectedBy;
    group.add(pod);
    this.#groups.set(key, group);
    this.#groupOf.set(pod.info.uid, group);
  }

  delete(uid: string): boolean {
    const group = this.#groupOf.get(uid);
    if (!group?.delete(uid)) return false;
    this.#groupOf.delete(uid);
    if (group.size === 0) this.#groups.delete(group.key);
    return true;
  }

  clear(): void {
    this.#groups.clear();
    this.#groupOf.clear();
  }
}
