import { claimsOfPod, isPodTerminal, type Node, type Pod } from "@wherry/api";
import type { Informer } from "@wherry/client";
import { refusal } from "./admission/admission.ts";
import type { PodContext } from "./context.ts";
import { OrphanReaper } from "./orphan-reaper.ts";
import { PodWorker } from "./pod-worker.ts";

/** Gives every pod of this node its worker, and clears away what belongs to no pod any more. */
export class PodManager {
  readonly #context: PodContext;
  readonly #node: () => Node;
  readonly #workers = new Map<string, PodWorker>();
  readonly #reaper: OrphanReaper;
  #synced = false;
  #stopped = false;

  /** `node` gives this node's object: what admission is decided by. */
  constructor(context: PodContext, node: () => Node) {
    this.#context = context;
    this.#node = node;
    this.#reaper = new OrphanReaper(context, (uid) => this.#workers.has(uid));
  }

  /** Takes over what runs, and follows the node's pods from then on. Resolves when every pod there is has its worker. */
  async start(pods: Informer<Pod>): Promise<void> {
    await pods.whenSynced();
    if (this.#stopped) return;
    for (const pod of pods.lister.list().sort(byAge)) this.#add(pod);
    pods.on({
      added: (pod) => this.#add(pod),
      updated: (pod, before) => this.#updated(pod, before),
      deleted: (pod) => this.#deleted(pod),
    });
    this.#synced = true;
    await this.#reaper.reapAll();
  }

  /** Something about a pod changed on the engine. */
  changed(uid: string): void {
    const worker = this.#workers.get(uid);
    if (worker) worker.wake();
    else if (this.#synced && !this.#stopped) this.#reaper.reapSoon(uid);
  }

  /** Looks at every pod: the net under what the events may have lost. */
  wakeAll(): void {
    for (const worker of this.#workers.values()) worker.wake();
  }

  /** Whether a pod that is not yet gone from this node mentions the claim (`namespace/name`). */
  usesClaim(key: string): boolean {
    return [...this.#workers.values()].some(({ pod }) => claimsOfPod(pod).includes(key));
  }

  /** What runs goes on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#reaper.stop();
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
  }

  #add(pod: Pod): void {
    const { uid } = pod.metadata;
    if (this.#stopped || this.#workers.has(uid)) return;
    const worker = new PodWorker(pod, this.#context, () => this.#gone(uid));
    const others = [...this.#workers.values()].filter((w) => w.usesNode && !isPodTerminal(w.pod)).map((w) => w.pod);
    this.#workers.set(uid, worker);
    const refused = isNew(pod) ? refusal(pod, others, this.#node()) : undefined;
    if (refused) worker.reject(refused.reason, refused.message);
    else worker.wake();
  }

  #updated(pod: Pod, before: Pod): void {
    if (pod.metadata.uid === before.metadata.uid) {
      this.#workers.get(pod.metadata.uid)?.update(pod);
    } else {
      this.#deleted(before);
      this.#add(pod);
    }
  }

  #gone(uid: string): void {
    this.#workers.delete(uid);
    this.#context.directories.lookAtAll();
  }

  #deleted(pod: Pod): void {
    this.#workers.get(pod.metadata.uid)?.remove(pod);
  }
}

/** Whether no node has taken the pod yet. What this node took once it does not refuse after a restart. */
const isNew = (pod: Pod): boolean => !pod.status?.startTime && !pod.metadata.deletionTimestamp && !isPodTerminal(pod);

const byAge = (a: Pod, b: Pod): number => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp);
