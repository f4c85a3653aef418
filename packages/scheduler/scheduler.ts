import type { Node, Pod } from "@wherry/api";
import { type Clock, type Deferred, deferred, type Logger, limiter, StatusError } from "@wherry/base";
import type { Client, Lister } from "@wherry/client";
import type { EventRecorder } from "@wherry/engine";
import { deepEqual, keyOf } from "@wherry/machinery";
import type { ClusterCache } from "./cluster/cluster-cache.ts";
import { evict } from "./eviction.ts";
import type { Attempt, Framework } from "./framework/framework.ts";
import { type Failure, place } from "./framework/placement.ts";
import type { Candidate, ClusterEvent } from "./framework/plugin.ts";
import { type PodInfo, podInfo } from "./framework/pod-info.ts";
import { signatureOf } from "./framework/pod-signature.ts";
import { tellWhyPending, type WhyPending, whyPending } from "./pod-conditions.ts";
import { type Judging, judge, Nominations } from "./queue/nominations.ts";
import type { QueuedPod } from "./queue/queued-pod.ts";
import { SchedulingQueue } from "./queue/scheduling-queue.ts";
import { Waker } from "./queue/waker.ts";

export interface SchedulerParts {
  client: Client;
  clock: Clock;
  log: Logger;
  cluster: ClusterCache;
  events: EventRecorder;
  framework: Framework;
  pods: Lister<Pod>;
  /** Pods that name another scheduler are left alone. */
  schedulerName: string;
  random: () => number;
}

/** Bindings under way at once. */
const BINDINGS = 32;
/** The end of what the preemption says while its victims are on their way out. */
const TERMINATING = "due to a terminating pod on the nominated node.";
/** How long pods are placed before other work gets a turn, in milliseconds. */
const SLICE_MS = 10;

/**
 * Places pods, one after the other, on what it believes the cluster to be. Deciding is synchronous: nothing can change in the middle. Binding
 * and telling are not, and nobody waits for them. It does nothing before `start`.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #cluster: ClusterCache;
  readonly #nominations = new Nominations();
  readonly #queue: SchedulingQueue;
  readonly #waker: Waker;
  readonly #judging: Judging;
  readonly #limit = limiter(BINDINGS);
  /** What is being told about a pod: its binding must not overtake that. */
  readonly #telling = new Map<string, Promise<void>>();
  /** Why pods were refused since the last change: the next of their sort need not be tried. By signature. */
  readonly #failures = new Map<string, Failure>();
  #failuresAt = "";
  /** Pods for which others are being driven away at this moment. */
  readonly #evicting = new Set<string>();
  #events = 0;
  #state: "waiting" | "idle" | "busy" | "stopped" = "waiting";
  #startAt = 0;
  #underWay = 0;
  #idlers: Deferred<void>[] = [];

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#cluster = parts.cluster;
    this.#queue = new SchedulingQueue(parts.clock, () => this.#kick());
    this.#judging = { ...parts, nominations: this.#nominations };
    this.#waker = new Waker(this.#judging, this.#queue);
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
    this.#cluster.setNode(node);
    if (!previous) this.changed({ type: "NodeAdded", node });
    else if (mattersToPods(node, previous)) this.changed({ type: "NodeUpdated", node, previous });
  }

  nodeGone(node: Node): void {
    this.#cluster.removeNode(node.metadata.name);
    this.changed({ type: "NodeRemoved", node });
  }

  podChanged(pod: Pod, previous: Pod | undefined): void {
    const { uid } = pod.metadata;
    const node = pod.spec?.nodeName;
    if (isTerminal(pod)) this.podGone(pod);
    else if (node) this.#placed(podInfo(pod, this.#cluster.get(uid)), node);
    else if (!this.#isOurs(pod)) this.#leave(uid);
    else if (this.#cluster.isAssumed(uid)) this.#queue.refresh(podInfo(pod));
    else if (previous && !asksForMore(pod, previous)) this.#queue.refresh(podInfo(pod));
    else this.#waits(podInfo(pod));
  }

  /** A pod that is new, or asks for something else. */
  #waits(info: PodInfo): void {
    // Room that was made for it before the scheduler started is still its own.
    const nominated = info.pod.status?.nominatedNodeName;
    if (nominated) this.#nominations.set(info, nominated);
    this.#queue.add(info);
  }

  podGone(pod: Pod): void {
    this.#leave(pod.metadata.uid);
    this.#freed(this.#cluster.removePod(pod.metadata.uid));
  }

  /** Something happened that may help parked pods. */
  changed(event: ClusterEvent): void {
    this.#events++;
    this.#waker.wake(event);
  }

  /** The pod waits for a node no longer. */
  #leave(uid: string): void {
    const untried = this.#queue.get(uid);
    this.#queue.remove(uid);
    // What it was woken for is for the others.
    if (untried) this.#waker.tried(untried, undefined);
    const nominated = this.#nominations.get(uid);
    if (nominated) this.#forgetNomination(nominated);
  }

  #placed(info: PodInfo, node: string): void {
    const before = this.#cluster.get(info.uid);
    this.#leave(info.uid);
    for (const freed of this.#cluster.setPod(info, node)) this.#freed(freed);
    if (!before) this.changed({ type: "PodPlaced", pod: info, node });
    else if (!countsAsBefore(info.pod, before.pod)) this.changed({ type: "PodUpdated", pod: info, previous: before, node });
  }

  #isOurs(pod: Pod): boolean {
    const { schedulerName = "default-scheduler", schedulingGates = [] } = pod.spec ?? {};
    return schedulerName === this.#parts.schedulerName && schedulingGates.length === 0 && !pod.metadata.deletionTimestamp;
  }

  #freed(left: { node: string; pod: PodInfo } | undefined): void {
    if (left) this.changed({ type: "PodRemoved", ...left });
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
    const { leads } = pod;
    pod.leads = undefined;
    // A binding whose outcome was unknown: had it succeeded, the pod would have left the queue.
    this.#freed(this.#cluster.forget(pod.info.uid));
    const known = this.#knownFailure(pod);
    if (known) {
      this.#park(pod, known);
      return;
    }
    const { candidates } = this.#cluster;
    const attempt = this.#parts.framework.attempt(pod.info);
    const isFit = (candidate: Candidate) => judge(this.#judging, attempt, candidate);
    const placement = place(attempt, candidates, { start: this.#startAt, random: this.#parts.random, judge: isFit });
    if ("message" in placement) {
      this.#unplaced(pod, placement, leads);
      return;
    }
    this.#startAt = (this.#startAt + placement.looked) % candidates.length;
    this.#assign(pod, attempt, placement.candidate);
    if (leads !== undefined) this.#queue.activateFirst(leads);
    this.#waker.tried(pod, placement.candidate.info.name);
  }

  /** No node takes the pod as it is: room is made for it, if that can be. */
  #unplaced(pod: QueuedPod, failure: Failure, leads: string | undefined): void {
    const { framework } = this.#parts;
    const { resolvable, nodes } = failure;
    if (this.#evicting.has(pod.info.uid)) {
      this.#park(pod, failure);
      return;
    }
    // What keeps the pod away even when others are gone is waited for, too.
    const rejectedBy = new Set(failure.rejectedBy);
    const wouldRefuse = (candidate: Candidate) => {
      const refusal = judge(this.#judging, framework.attempt(pod.info), candidate);
      if (refusal) rejectedBy.add(refusal.plugin);
      return refusal;
    };
    const unplaced = { pod: pod.info, resolvable, nodes, nominated: this.#nominations.nodeOf(pod.info.uid), judge: wouldRefuse };
    const found = nodes > 0 && framework.postFilter(unplaced);
    if (found && "victims" in found) {
      this.#preempt(pod, failure, found);
      // It is in a group of its own now, whose turn it was.
      if (leads !== undefined && leads !== pod.info.uid) this.#queue.activateFirst(leads);
      return;
    }
    // Room that is being made stays the pod's until it is clear that it comes to nothing.
    if (found && !found.message.endsWith(TERMINATING)) this.#forgetNomination(pod.info);
    this.#fail(pod, found ? { ...failure, rejectedBy, message: `${failure.message} ${found.message}` } : failure);
  }

  #preempt(pod: QueuedPod, failure: Failure, { node, victims }: { node: string; victims: readonly PodInfo[] }): void {
    const { pod: preemptor } = pod.info;
    const displaced = this.#nominations.on(node).filter((other) => other.priority < pod.info.priority);
    this.#nominations.set(pod.info, node);
    this.#events++;
    this.#park(pod, failure);
    // Those of less priority that waited for the same room look for another one.
    for (const other of displaced) {
      this.#nominations.delete(other.uid);
      this.#queue.reconsider(other.uid);
    }
    this.#underWay++;
    this.#evicting.add(pod.info.uid);
    void evict(this.#parts, victims, preemptor, node)
      .catch((error) => {
        this.#parts.log.warn("pods could not be driven away: trying again", { pod: keyOf(preemptor), node, error });
        this.#queue.postpone(pod);
      })
      .finally(() => {
        this.#evicting.delete(pod.info.uid);
        this.#underWay--;
        this.#tellIdlers();
      });
  }

  /** The room that was made for the pod is for anyone again. */
  #forgetNomination(info: PodInfo): void {
    const node = this.#nominations.delete(info.uid);
    if (node !== undefined) this.#freed({ node, pod: info });
  }

  #fail(pod: QueuedPod, failure: Failure): void {
    // What room is made for does not concern the others.
    if (this.#nominations.nodeOf(pod.info.uid) === undefined) {
      if (this.#failuresAt !== this.#now()) this.#failures.clear();
      this.#failuresAt = this.#now();
      this.#failures.set(signatureOf(pod.info), failure);
    }
    this.#park(pod, failure);
  }

  #knownFailure(pod: QueuedPod): Failure | undefined {
    if (this.#failures.size === 0 || this.#nominations.nodeOf(pod.info.uid) !== undefined) return undefined;
    if (this.#failuresAt === this.#now()) return this.#failures.get(signatureOf(pod.info));
    this.#failures.clear();
    return undefined;
  }

  #park(pod: QueuedPod, { message, rejectedBy }: Failure): void {
    const nominated = this.#nominations.nodeOf(pod.info.uid);
    this.#queue.park(pod, rejectedBy, nominated !== undefined);
    this.#tell(pod, { reason: "Unschedulable", message, nominated });
    this.#waker.tried(pod, undefined);
  }

  /** The same as long as nothing changed. */
  #now(): string {
    return `${this.#cluster.generation} ${this.#events}`;
  }

  #assign(pod: QueuedPod, attempt: Attempt, candidate: Candidate): void {
    const node = candidate.info.name;
    this.#cluster.assume(pod.info, node);
    this.#forgetNomination(pod.info);
    try {
      attempt.reserve(candidate);
    } catch (error) {
      this.#freed(this.#cluster.forget(pod.info.uid));
      this.#failed(pod, error);
      return;
    }
    this.changed({ type: "PodPlaced", pod: pod.info, node });
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
      await this.#prepared(queued.info, node);
      await this.#limit(() => this.#parts.framework.bind(pod, node));
      this.#parts.events.event(pod, "Normal", "Scheduled", `Successfully assigned ${keyOf(pod)} to ${node}`);
    } catch (error) {
      attempt.unreserve(candidate);
      this.#failed(queued, error);
    }
  }

  /** What the binding waits for is others' work: meanwhile there is nothing to do here. */
  async #prepared(info: PodInfo, node: string): Promise<void> {
    const awaited = await this.#parts.framework.preBind(info, node);
    if (awaited.length === 0) return;
    this.#underWay--;
    this.#tellIdlers();
    try {
      await Promise.all(awaited);
    } finally {
      this.#underWay++;
    }
  }

  #failed(queued: QueuedPod, error: unknown): void {
    if (this.#state === "stopped") return;
    const { uid, name, namespace } = queued.info.pod.metadata;
    // Without an answer the binding may have happened: until the next try the pod keeps its place.
    if (error instanceof StatusError) this.#freed(this.#cluster.forget(uid));
    const current = this.#parts.pods.get(name, namespace);
    if (current?.metadata.uid !== uid || current.spec?.nodeName || isTerminal(current) || !this.#isOurs(current)) {
      this.#freed(this.#cluster.forget(uid));
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
    const before = queued.told ?? `${whyPending(pod)?.message} ${pod.status?.nominatedNodeName ?? ""}`;
    queued.told = `${why.message} ${why.nominated ?? ""}`;
    if (before === queued.told) return;
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

/** Whether plugins that count pods on nodes count it as they did. */
function countsAsBefore({ metadata }: Pod, { metadata: before }: Pod): boolean {
  return deepEqual(metadata.labels, before.labels) && metadata.deletionTimestamp === before.deletionTimestamp;
}

function mattersToPods(node: Node, previous: Node): boolean {
  return (
    !deepEqual(node.spec, previous.spec) ||
    !deepEqual(node.metadata.labels, previous.metadata.labels) ||
    !deepEqual(node.status?.allocatable, previous.status?.allocatable)
  );
}
