import type { Pod } from "@wherry/api";
import { Backoff, type Timer } from "@wherry/base";
import type { PodContext } from "./context.ts";
import { endPod } from "./phases/end.ts";
import { runPod } from "./phases/run.ts";
import { PodState } from "./pod-state.ts";

const RETRY = { initial: 500, max: 120_000, jitter: 0.1 };

/**
 * Keeps one pod as its spec says, from whatever state: it looks again whenever anything about the pod changes, does the next steps, and says how the pod is. One step at
 * a time; what takes long goes on in the background and wakes it at its end.
 */
export class PodWorker {
  readonly #state: PodState;
  readonly #context: PodContext;
  readonly #onGone: () => void;
  readonly #backoff = new Backoff(RETRY);
  #dirty = false;
  #running: Promise<void> | undefined;
  #timer: Timer | undefined;
  #stopped = false;
  /** How far the pod's end has been seen through. */
  #finished: "ended" | "deleted" | "removed" | undefined;

  /** `onGone` is called once the pod is neither in the API nor on this node. */
  constructor(pod: Pod, context: PodContext, onGone: () => void) {
    this.#context = context;
    this.#onGone = onGone;
    this.#state = new PodState(pod, context, () => this.wake());
  }

  /** The newest version of the pod that is known. */
  get pod(): Pod {
    return this.#state.pod;
  }

  /** Whether the node took the pod, and it has not ended. */
  get usesNode(): boolean {
    return !this.#state.rejected && !this.#state.over && !this.#state.removed;
  }

  /** Says that the node does not take the pod. */
  reject(reason: string, message: string): void {
    this.#state.rejected = true;
    this.#state.failure = { reason, message: `Pod was rejected: ${message}` };
    this.#state.event("Warning", reason, message);
    this.wake();
  }

  /** The API has a new version of the pod. */
  update(pod: Pod): void {
    const before = this.#state.pod;
    this.#state.learn(pod);
    if (before.metadata.resourceVersion === pod.metadata.resourceVersion) return;
    if (before.metadata.labels !== pod.metadata.labels || before.metadata.annotations !== pod.metadata.annotations)
      this.#state.volumesStale = true;
    this.wake();
  }

  /** The API has no such pod any more. */
  remove(last: Pod): void {
    this.#state.learn(last);
    this.#state.removed = true;
    this.#state.reporter.stop();
    this.wake();
  }

  /** Looks at the pod soon. */
  wake(): void {
    this.#dirty = true;
    if (this.#running || this.#stopped) return;
    this.#running = this.#loop().finally(() => {
      this.#running = undefined;
      if (this.#dirty && !this.#stopped) this.wake();
    });
  }

  /** Lets the step that is under way end, and does no more. What runs goes on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#state.stop();
    await this.#running;
  }

  async #loop(): Promise<void> {
    // What happens in one turn is looked at once.
    await Promise.resolve();
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      this.#timer?.cancel();
      try {
        this.#wakeAt(await this.#step());
        this.#backoff.reset();
      } catch (error) {
        const { name, namespace } = this.#state.pod.metadata;
        if (!this.#stopped) this.#context.log.warn("a pod cannot be brought forward: trying again", { pod: `${namespace}/${name}`, error });
        this.#wakeAt(this.#context.clock.now() + this.#backoff.next());
      }
    }
  }

  async #step(): Promise<number | undefined> {
    const { inventory } = this.#context;
    const { uid } = this.#state.pod.metadata;
    await this.#state.messages.update(inventory.pod(uid).containers, (name) => this.#state.specOf(name));
    if (!this.#state.isEnding) return runPod(this.#state);
    const stage = this.#state.removed ? "removed" : this.#state.isDeleted ? "deleted" : "ended";
    if (this.#finished !== stage) {
      if (await endPod(this.#state)) this.#finished = stage;
    } else if (stage === "ended") this.#state.report(inventory.pod(uid));
    if (this.#finished === "removed") this.#leave();
    return undefined;
  }

  #leave(): void {
    this.#stopped = true;
    this.#state.stop();
    this.#onGone();
  }

  #wakeAt(time: number | undefined): void {
    if (time === undefined || this.#stopped) return;
    const { clock } = this.#context;
    if (time <= clock.now()) this.#dirty = true;
    else this.#timer = clock.schedule(time - clock.now(), () => this.wake());
  }
}
