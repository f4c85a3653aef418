import { Backoff, type Clock, type Timer } from "@wherry/base";
import type { PodInfo } from "../framework/pod-info.ts";
import { Heap } from "./heap.ts";

/** A pod that waits for a node. Once popped it belongs to the scheduler until it is given back. */
export interface QueuedPod {
  info: PodInfo;
  /** Order of arrival, kept over all attempts: who waits longest comes first among pods of one priority and age. */
  readonly order: number;
  /** Grows while binding fails. */
  readonly backoff: Backoff;
  /** The plugins that refused it; empty when there was no node at all. */
  rejectedBy: ReadonlySet<string>;
  /** The reason that was last told to the API. */
  told?: string;
}

// Source: kube-scheduler podInitialBackoffSeconds and podMaxBackoffSeconds.
const BACKOFF = { initial: 1_000, max: 10_000 };

/**
 * Pods without a node, each in one of three places: active (to be tried now, by priority, then age), backing off (binding failed), or parked (no
 * node fits; it waits for a change that may help, never for a timer). Keyed by pod uid.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #active = new Map<string, QueuedPod>();
  /** Holds what `#active` does, and entries that have left it since: those are skipped. */
  readonly #heap = new Heap<QueuedPod>(comesBefore);
  readonly #backingOff = new Map<string, { pod: QueuedPod; timer: Timer }>();
  readonly #parked = new Map<string, QueuedPod>();
  readonly #onActive: () => void;
  #arrivals = 0;

  /** @param onActive a pod became active */
  constructor(clock: Clock, onActive: () => void) {
    this.#clock = clock;
    this.#onActive = onActive;
  }

  get activeCount(): number {
    return this.#active.size;
  }

  get parkedCount(): number {
    return this.#parked.size;
  }

  get backingOffCount(): number {
    return this.#backingOff.size;
  }

  /** A pod that is new, or changed in a way that may matter: it is tried at once, unless it is backing off. */
  add(info: PodInfo): void {
    const { uid } = info.pod.metadata;
    const known = this.#find(uid);
    if (known) known.info = info;
    if (this.#backingOff.has(uid)) return;
    this.activate(known ?? { info, order: this.#arrivals++, backoff: new Backoff(BACKOFF), rejectedBy: new Set() });
  }

  /** A newer version of a pod that waits, changed in nothing that matters here. */
  refresh(info: PodInfo): void {
    const known = this.#find(info.pod.metadata.uid);
    if (known) known.info = info;
  }

  /** Puts a pod among those to be tried now, from wherever it is. */
  activate(pod: QueuedPod): void {
    const { uid } = pod.info.pod.metadata;
    if (this.#active.has(uid)) return;
    this.remove(uid);
    this.#active.set(uid, pod);
    this.#heap.push(pod);
    this.#onActive();
  }

  /** The next pod to try; undefined when none is active. */
  pop(): QueuedPod | undefined {
    for (let pod = this.#heap.pop(); pod; pod = this.#heap.pop()) {
      const { uid } = pod.info.pod.metadata;
      if (this.#active.get(uid) !== pod) continue;
      this.#active.delete(uid);
      return pod;
    }
    return undefined;
  }

  /** No node fits: the pod waits for a change. */
  park(pod: QueuedPod, rejectedBy: ReadonlySet<string>): void {
    pod.rejectedBy = rejectedBy;
    this.#parked.set(pod.info.pod.metadata.uid, pod);
  }

  /** Binding failed: the pod is tried again after a while. */
  retryLater(pod: QueuedPod): void {
    const { uid } = pod.info.pod.metadata;
    const timer = this.#clock.schedule(pod.backoff.next(), () => {
      this.#backingOff.delete(uid);
      this.activate(pod);
    });
    this.#backingOff.set(uid, { pod, timer });
  }

  /** The pods that wait for a change, first the one to be tried first. */
  parked(filter: (pod: QueuedPod) => boolean): QueuedPod[] {
    return [...this.#parked.values()].filter(filter).sort((a, b) => (comesBefore(a, b) ? -1 : 1));
  }

  /** Whether it was waiting here. */
  remove(uid: string): boolean {
    this.#backingOff.get(uid)?.timer.cancel();
    const deleted = [this.#active, this.#backingOff, this.#parked].map((place) => place.delete(uid));
    return deleted.includes(true);
  }

  /** Drops everything and cancels all timers. */
  clear(): void {
    for (const { timer } of this.#backingOff.values()) timer.cancel();
    for (const place of [this.#active, this.#backingOff, this.#parked]) place.clear();
  }

  #find(uid: string): QueuedPod | undefined {
    return this.#active.get(uid) ?? this.#parked.get(uid) ?? this.#backingOff.get(uid)?.pod;
  }
}

function comesBefore(a: QueuedPod, b: QueuedPod): boolean {
  const byPriority = (b.info.pod.spec?.priority ?? 0) - (a.info.pod.spec?.priority ?? 0);
  if (byPriority !== 0) return byPriority < 0;
  const [ageA, ageB] = [a.info.pod.metadata.creationTimestamp, b.info.pod.metadata.creationTimestamp];
  return ageA === ageB ? a.order < b.order : ageA < ageB;
}
