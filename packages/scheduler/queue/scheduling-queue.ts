import { Backoff, type Clock, type Timer } from "@wherry/base";
import type { PodInfo } from "../framework/pod-info.ts";
import { Heap } from "./heap.ts";
import { type ParkedGroup, ParkedPods } from "./parked-pods.ts";
import { comesBefore, type QueuedPod } from "./queued-pod.ts";

// Source: kube-scheduler podInitialBackoffSeconds and podMaxBackoffSeconds.
const BACKOFF = { initial: 1_000, max: 10_000 };
// Source: kube-scheduler podMaxInUnschedulablePodsDuration, and how often it looks.
const PARKED_AT_MOST_MS = 5 * 60_000;
const FLUSH_EVERY_MS = 30_000;

/**
 * Pods without a node, each in one of three places: active (to be tried now, by priority, then age), backing off (binding failed), or parked (no
 * node fits; it waits for a change that may help). Keyed by pod uid. A parked pod is tried again after five minutes in any case, as
 * upstream does: that is a net below the events, which nothing should ever fall into.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #active = new Map<string, QueuedPod>();
  /** Holds what `#active` does, and entries that have left it since: those are skipped. */
  readonly #heap = new Heap<QueuedPod>(comesBefore);
  readonly #backingOff = new Map<string, { pod: QueuedPod; timer: Timer }>();
  readonly #parked = new ParkedPods();
  readonly #onActive: () => void;
  #arrivals = 0;
  #flush: Timer | undefined;

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
    const known = this.#find(info.uid);
    if (known) known.info = info;
    if (this.#backingOff.has(info.uid)) return;
    this.activate(known ?? { info, order: this.#arrivals++, backoff: new Backoff(BACKOFF), parkedAt: 0 });
  }

  /** A newer version of a pod that waits, changed in nothing that matters here. */
  refresh(info: PodInfo): void {
    const known = this.#find(info.uid);
    if (known) known.info = info;
  }

  /** Puts a pod among those to be tried now, from wherever it is. */
  activate(pod: QueuedPod): void {
    const { uid } = pod.info;
    if (this.#active.has(uid)) return;
    this.remove(uid);
    this.#active.set(uid, pod);
    this.#heap.push(pod);
    this.#onActive();
  }

  /** Puts the first pod of a parked group among those to be tried now; the others follow one by one while nodes are found. */
  activateFirst(key: string): void {
    const first = this.#parked.group(key)?.first;
    if (!first) return;
    this.activate(first);
    first.leads = key;
  }

  /** A parked pod is to be tried now. */
  reconsider(uid: string): void {
    const pod = this.#parked.get(uid);
    if (pod) this.activate(pod);
  }

  /** A parked pod is to be tried after a while. */
  postpone(pod: QueuedPod): void {
    if (this.#parked.delete(pod.info.uid)) this.retryLater(pod);
  }

  /** The next pod to try; undefined when none is active. */
  pop(): QueuedPod | undefined {
    for (let pod = this.#heap.pop(); pod; pod = this.#heap.pop()) {
      if (this.#active.get(pod.info.uid) !== pod) continue;
      this.#active.delete(pod.info.uid);
      return pod;
    }
    return undefined;
  }

  /** No node fits: the pod waits for a change. @param apart whether it is unlike others that ask for the same, such as when room is made for it */
  park(pod: QueuedPod, rejectedBy: ReadonlySet<string>, apart = false): void {
    pod.parkedAt = this.#clock.now();
    this.#parked.add(pod, rejectedBy, apart);
    this.#flush ??= this.#clock.schedule(FLUSH_EVERY_MS, () => this.#flushParked());
  }

  /** Binding failed: the pod is tried again after a while. */
  retryLater(pod: QueuedPod): void {
    const { uid } = pod.info;
    const timer = this.#clock.schedule(pod.backoff.next(), () => {
      this.#backingOff.delete(uid);
      this.activate(pod);
    });
    this.#backingOff.set(uid, { pod, timer });
  }

  /** The pods that wait for a change, those together that every node answers alike. */
  get parkedGroups(): readonly ParkedGroup[] {
    return this.#parked.groups;
  }

  /** The pod, wherever it waits here. */
  get(uid: string): QueuedPod | undefined {
    return this.#find(uid);
  }

  /** Whether it was waiting here. */
  remove(uid: string): boolean {
    this.#backingOff.get(uid)?.timer.cancel();
    const led = this.#active.get(uid)?.leads;
    const deleted = [this.#active.delete(uid), this.#backingOff.delete(uid), this.#parked.delete(uid)];
    if (this.#parked.size === 0) this.#stopFlush();
    if (led !== undefined) this.activateFirst(led);
    return deleted.includes(true);
  }

  /** Drops everything and cancels all timers. */
  clear(): void {
    for (const { timer } of this.#backingOff.values()) timer.cancel();
    for (const place of [this.#active, this.#backingOff, this.#parked]) place.clear();
    this.#stopFlush();
  }

  #flushParked(): void {
    this.#flush = undefined;
    const before = this.#clock.now() - PARKED_AT_MOST_MS;
    for (const group of this.#parked.groups) {
      for (const pod of [...group.pods]) if (pod.parkedAt <= before) this.activate(pod);
    }
    if (this.#parked.size > 0) this.#flush ??= this.#clock.schedule(FLUSH_EVERY_MS, () => this.#flushParked());
  }

  #stopFlush(): void {
    this.#flush?.cancel();
    this.#flush = undefined;
  }

  #find(uid: string): QueuedPod | undefined {
    return this.#active.get(uid) ?? this.#parked.get(uid) ?? this.#backingOff.get(uid)?.pod;
  }
}
