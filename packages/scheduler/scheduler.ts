import type { Node, Pod } from "@wherry/api";
import { type Clock, type Deferred, deferred, type Logger, limiter, StatusError } from "@wherry/base";
import type { Client, Lister } from "@wherry/client";
import type { EventRecorder } from "@wherry/engine";
import { deepEqual, keyOf } from "@wherry/machinery";
import { ClusterCache } from "./cluster/cluster-cache.ts";
import type { Attempt, Framework } from "./framework/framework.ts";
import { place } from "./framework/placement.ts";
import type { Candidate, ClusterEvent } from "./framework/plugin.ts";
import { type PodInfo, podInfo } from "./framework/pod-info.ts";
import { tellWhyPending, type WhyPending, whyPending } from "./pod-conditions.ts";
import { type QueuedPod, SchedulingQueue } from "./queue/scheduling-queue.ts";

export interface SchedulerParts {
  client: Client;
  clock: Clock;
  log: Logger;
  events: EventRecorder;
  framework: Framework;
  pods: Lister<Pod>;
  /** Pods that name another scheduler are left alone. */
  schedulerName: string;
  random: () => number;
}

/** Bindings under way at once. */
const BINDINGS = 32;
/** How long pods are placed before other work gets a turn, in milliseconds. */
const SLICE_MS = 10;

/**
 * Places pods, one after the other, on what it believes the cluster to be. Deciding is synchronous: nothing can change in the middle. Binding
 * and telling are not, and nobody waits for them. It does nothing before `start`.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #cache = new ClusterCache();
  readonly #queue: SchedulingQueue;
  readonly #limit = limiter(BINDINGS);
  /** What is being told about a pod: its binding must not overtake that. */
  readonly #telling = new Map<string, Promise<void>>();
  /** Which change of which node woke a pod that has not been tried since. */
  readonly #wokenBy = new WeakMap<QueuedPod, { event: ClusterEvent; node: string }>();
  #state: "waiting" | "idle" | "busy" | "stopped" = "waiting";
  #startAt = 0;
  #underWay = 0;
  #idlers: Deferred<void>[] = [];

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#queue = new SchedulingQueue(parts.clock, () => this.#kick());
  }

  /** Begins to place pods. */
  start(): void {
    if (this.#state === "waiting") this.#state = "idle";
    this.#kick();
  }

  stop(): void {
    this.#state = "stopped";
    this.#queue.clear();
  }

  /** Resolves when every pod known so far is bound, parked or backing off, and all that was decided is written. */
  whenIdle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    const idler = deferred();
    this.#idlers.push(idler);
    return idler.promise;
  }

  nodeChanged(node: Node, previous: Node | undefined): void {
    this.#cache.setNode(node);
    if (!previous) this.#wake({ type: "NodeAdded", node }, node.metadata.name);
    else if (mattersToPods(node, previous)) this.#wake({ type: "NodeUpdated", node, previous }, node.metadata.name);
  }

  nodeGone(node: Node): void {
    this.#cache.removeNode(node.metadata.name);
  }

  podChanged(pod: Pod, previous: Pod | undefined): void {
    const { uid } = pod.metadata;
    const node = pod.spec?.nodeName;
    if (isTerminal(pod)) this.podGone(pod);
    else if (node) this.#placed(podInfo(pod, this.#cache.get(uid)), node);
    else if (!this.#isOurs(pod)) this.#queue.remove(uid);
    else if (this.#cache.isAssumed(uid)) this.#queue.refresh(podInfo(pod));
    else if (previous && !asksForMore(pod, previous)) this.#queue.refresh(podInfo(pod));
    else this.#queue.add(podInfo(pod));
  }

  podGone(pod: Pod): void {
    this.#queue.remove(pod.metadata.uid);
    this.#freed(this.#cache.removePod(pod.metadata.uid));
  }

  #placed(info: PodInfo, node: string): void {
    this.#queue.remove(info.pod.metadata.uid);
    for (const freed of this.#cache.setPod(info, node)) this.#freed(freed);
  }

  #isOurs(pod: Pod): boolean {
    const { schedulerName = "default-scheduler", schedulingGates = [] } = pod.spec ?? {};
    return schedulerName === this.#parts.schedulerName && schedulingGates.length === 0 && !pod.metadata.deletionTimestamp;
  }

  #freed(left: { node: string; pod: PodInfo } | undefined): void {
    if (left) this.#wake({ type: "PodRemoved", ...left }, left.node);
  }

  /**
   * Makes those parked pods active that this change helps: in their order, as many as the node can take together. One that ends up elsewhere
   * leaves its share to the others, so its change is looked at again after its attempt. Those that the node now refuses for a reason that is new to
   * them are tried again too, so that what they are told is true.
   */
  #wake(event: ClusterEvent, nodeName: string): void {
    const candidate = this.#cache.candidate(nodeName);
    if (!candidate || this.#queue.parkedCount === 0) return;
    const { framework } = this.#parts;
    const helped: QueuedPod[] = [];
    const changed: QueuedPod[] = [];
    for (const pod of this.#queue.parked((p) => p.rejectedBy.size === 0 || framework.mayHelp(event, p.info, p.rejectedBy) !== undefined)) {
      const refusal = framework.attempt(pod.info).filter(candidate);
      if (!refusal) {
        this.#cache.add(pod.info, nodeName);
        helped.push(pod);
      } else if (!pod.rejectedBy.has(refusal.plugin)) {
        // What it waits for is something else now: another attempt finds out, and tells.
        changed.push(pod);
      }
    }
    for (const pod of helped) {
      this.#cache.take(pod.info.uid);
      this.#wokenBy.set(pod, { event, node: nodeName });
      this.#queue.activate(pod);
    }
    for (const pod of changed) this.#queue.activate(pod);
  }

  #kick(): void {
    if (this.#state !== "idle" || this.#queue.activeCount === 0) return;
    this.#state = "busy";
    // After all events that came with this one: the pod that matters most goes first.
    setImmediate(() => this.#run());
  }

  #run(): void {
    if (this.#state === "stopped") return;
    const { clock } = this.#parts;
    const end = clock.now() + SLICE_MS;
    for (let pod = this.#queue.pop(); pod; pod = this.#queue.pop()) {
      this.#try(pod);
      if (clock.now() >= end) break;
    }
    this.#state = "idle";
    this.#kick();
    this.#tellIdlers();
  }

  #try(pod: QueuedPod): void {
    // A binding whose outcome was unknown: had it succeeded, the pod would have left the queue.
    this.#freed(this.#cache.forget(pod.info.pod.metadata.uid));
    const candidates = this.#cache.candidates;
    const attempt = this.#parts.framework.attempt(pod.info);
    const placement = place(attempt, candidates, { start: this.#startAt, random: this.#parts.random });
    if ("message" in placement) {
      this.#queue.park(pod, placement.rejectedBy);
      this.#tell(pod, { reason: "Unschedulable", message: placement.message });
      this.#wakeOthers(pod, undefined);
      return;
    }
    this.#startAt = (this.#startAt + placement.looked) % candidates.length;
    this.#assign(pod, attempt, placement.candidate);
    this.#wakeOthers(pod, placement.candidate.info.name);
  }

  #wakeOthers(pod: QueuedPod, placedOn: string | undefined): void {
    const woken = this.#wokenBy.get(pod);
    this.#wokenBy.delete(pod);
    if (woken && woken.node !== placedOn) this.#wake(woken.event, woken.node);
  }

  #assign(pod: QueuedPod, attempt: Attempt, candidate: Candidate): void {
    this.#cache.assume(pod.info, candidate.info.name);
    try {
      attempt.reserve(candidate);
    } catch (error) {
      this.#freed(this.#cache.forget(pod.info.pod.metadata.uid));
      this.#failed(pod, error);
      return;
    }
    this.#underWay++;
    void this.#bind(pod, attempt, candidate).finally(() => {
      this.#underWay--;
      this.#tellIdlers();
    });
  }

  async #bind(queued: QueuedPod, attempt: Attempt, candidate: Candidate): Promise<void> {
    const { pod } = queued.info;
    const node = candidate.info.name;
    await this.#telling.get(pod.metadata.uid);
    try {
      await this.#limit(() => this.#parts.framework.bind(queued.info, node));
      this.#parts.events.event(pod, "Normal", "Scheduled", `Successfully assigned ${keyOf(pod)} to ${node}`);
    } catch (error) {
      attempt.unreserve(candidate);
      this.#failed(queued, error);
    }
  }

  #failed(queued: QueuedPod, error: unknown): void {
    if (this.#state === "stopped") return;
    const { uid, name, namespace } = queued.info.pod.metadata;
    // Without an answer the binding may have happened: until the next try the pod keeps its place.
    if (error instanceof StatusError) this.#freed(this.#cache.forget(uid));
    const current = this.#parts.pods.get(name, namespace);
    if (current?.metadata.uid !== uid || current.spec?.nodeName || isTerminal(current) || !this.#isOurs(current)) {
      this.#freed(this.#cache.forget(uid));
      return;
    }
    queued.info = podInfo(current);
    this.#parts.log.warn("a pod could not be bound: trying again", { pod: keyOf(current), error });
    this.#queue.retryLater(queued);
    this.#tell(queued, { reason: "SchedulerError", message: error instanceof Error ? error.message : String(error) });
  }

  #tell(queued: QueuedPod, why: WhyPending): void {
    const { pod } = queued.info;
    const { uid } = pod.metadata;
    const { client, clock, events, log } = this.#parts;
    events.event(pod, "Warning", "FailedScheduling", why.message);
    if ((queued.told ?? whyPending(pod)?.message) === why.message) return;
    queued.told = why.message;
    this.#underWay++;
    const told = (this.#telling.get(uid) ?? Promise.resolve())
      .then(() => tellWhyPending(client, pod, why, clock.now()))
      .catch((error) => log.debug("a pod's PodScheduled condition could not be written", { pod: keyOf(pod), error }))
      .finally(() => {
        if (this.#telling.get(uid) === told) this.#telling.delete(uid);
        this.#underWay--;
        this.#tellIdlers();
      });
    this.#telling.set(uid, told);
  }

  #isIdle(): boolean {
    return this.#state !== "busy" && this.#queue.activeCount === 0 && this.#underWay === 0;
  }

  #tellIdlers(): void {
    if (this.#isIdle()) for (const idler of this.#idlers.splice(0)) idler.resolve();
  }
}

const isTerminal = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** Whether the pod changed in something that a plugin may look at. */
function asksForMore(pod: Pod, previous: Pod): boolean {
  return !deepEqual(pod.spec, previous.spec) || !deepEqual(pod.metadata.labels, previous.metadata.labels);
}

function mattersToPods(node: Node, previous: Node): boolean {
  return (
    !deepEqual(node.spec, previous.spec) ||
    !deepEqual(node.metadata.labels, previous.metadata.labels) ||
    !deepEqual(node.status?.allocatable, previous.status?.allocatable)
  );
}
