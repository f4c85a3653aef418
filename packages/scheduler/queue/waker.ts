import type { Candidate, ClusterEvent, Reach } from "../framework/plugin.ts";
import { Heap } from "./heap.ts";
import { type Judging, judge } from "./nominations.ts";
import type { ParkedGroup } from "./parked-pods.ts";
import { comesBefore, type QueuedPod } from "./queued-pod.ts";
import type { SchedulingQueue } from "./scheduling-queue.ts";

/** Makes those parked pods active that a change helps. */
export class Waker {
  readonly #judging: Judging;
  readonly #queue: SchedulingQueue;
  /** Which event about a node woke a pod that has not been tried since. */
  readonly #wokenBy = new WeakMap<QueuedPod, ClusterEvent>();

  constructor(judging: Judging, queue: SchedulingQueue) {
    this.#judging = judging;
    this.#queue = queue;
  }

  /**
   * Where the event may have made any node fit, the first pod of a group is tried; the others follow while nodes are found. Where it is about one node,
   * that node is asked: as many pods become active, in their order, as it can take together.
   */
  wake(event: ClusterEvent): void {
    if (this.#queue.parkedCount === 0) return;
    const here: ParkedGroup[] = [];
    for (const group of this.#queue.parkedGroups) {
      const reach = this.#reachOf(event, group);
      if (reach === "anywhere") this.#queue.activateFirst(group.key);
      else if (reach === "here") here.push(group);
    }
    this.#wakeFor(event, here);
  }

  /** A pod was tried. What it was woken for and did not take is offered to the others. */
  tried(pod: QueuedPod, placedOn: string | undefined): void {
    const event = this.#wokenBy.get(pod);
    this.#wokenBy.delete(pod);
    if (!event || nodeOf(event) === placedOn) return;
    this.#wakeFor(
      event,
      this.#queue.parkedGroups.filter((group) => this.#reachOf(event, group)),
    );
  }

  #reachOf(event: ClusterEvent, { first, rejectedBy }: ParkedGroup): Reach | undefined {
    if (!first) return undefined;
    if (rejectedBy.size === 0) return event.type === "NodeAdded" ? "here" : undefined;
    return this.#judging.framework.mayHelp(event, first.info, rejectedBy);
  }

  #wakeFor(event: ClusterEvent, groups: readonly ParkedGroup[]): void {
    const node = nodeOf(event);
    const candidate = node === undefined ? undefined : this.#judging.cluster.candidate(node);
    if (!candidate || groups.length === 0) return;
    const fitting = groups.filter((group) => this.#fits(group, candidate));
    const helped = this.#fill(candidate, fitting);
    for (const pod of helped) this.#judging.cluster.take(pod.info.uid);
    for (const pod of helped) this.#wokenBy.set(pod, event);
  }

  /** Whether the node takes a pod of the group. One that it refuses for a reason that is new is tried again, so that what is told is true. */
  #fits(group: ParkedGroup, candidate: Candidate): boolean {
    const { first } = group;
    if (!first) return false;
    const refusal = this.#judge(first, candidate);
    if (!refusal) return true;
    const isNominated = this.#judging.nominations.nodeOf(first.info.uid) !== undefined;
    if (isNominated || !group.rejectedBy.has(refusal.plugin) || (refusal.resolvable && mayPreempt(first, candidate)))
      this.#queue.activateFirst(group.key);
    return false;
  }

  /** Activates as many as there is room for, and leaves them on the node, for the caller to take away. */
  #fill(candidate: Candidate, groups: readonly ParkedGroup[]): QueuedPod[] {
    const helped: QueuedPod[] = [];
    const heap = new Heap<ParkedGroup>((a, b) => comesBefore(a.first as QueuedPod, b.first as QueuedPod));
    for (const group of groups) heap.push(group);
    for (let group = heap.pop(); group; group = heap.pop()) {
      if (!this.#fits(group, candidate)) continue;
      const pod = group.first as QueuedPod;
      this.#judging.cluster.add(pod.info, candidate.info.name);
      this.#queue.activate(pod);
      helped.push(pod);
      if (group.first) heap.push(group);
    }
    return helped;
  }

  #judge(pod: QueuedPod, candidate: Candidate) {
    return judge(this.#judging, this.#judging.framework.attempt(pod.info), candidate);
  }
}

/** The node that the event is about. */
function nodeOf(event: ClusterEvent): string | undefined {
  if (event.type === "PodRemoved" || event.type === "PodPlaced") return event.node;
  return event.type === "NodeAdded" || event.type === "NodeUpdated" ? event.node.metadata.name : undefined;
}

/** Whether there is anyone on the node whom the pod may drive away. */
function mayPreempt({ info }: QueuedPod, candidate: Candidate): boolean {
  if (info.pod.spec.preemptionPolicy === "Never") return false;
  for (const other of candidate.info.pods) if (other.priority < info.priority) return true;
  return false;
}
