import { readdir } from "node:fs/promises";
import { memoryDirectory, podPaths, podsDirectory } from "../files/pod-paths.ts";
import { tearDownVolumes } from "../volumes/volume-set.ts";
import type { PodContext } from "./context.ts";

/** Source: kubelet HandlePodCleanups: what a pod gets that was deleted while nobody looked. */
const GRACE_SECONDS = 1;
const RETRY_MS = 10_000;

/** Removes containers, sandboxes and files of pods that the API does not have any more. */
export class OrphanReaper {
  readonly #context: PodContext;
  readonly #isWanted: (uid: string) => boolean;
  readonly #reaping = new Set<string>();
  readonly #ended = new AbortController();

  constructor(context: PodContext, isWanted: (uid: string) => boolean) {
    this.#context = context;
    this.#isWanted = isWanted;
  }

  /** Everything on the engine and in the data directory that belongs to no pod. Resolves when it is known what that is. */
  async reapAll(): Promise<void> {
    const { dataDir, inventory } = this.#context;
    const directories = [podsDirectory(dataDir), memoryDirectory(dataDir)];
    const onDisk = await Promise.all(directories.map((directory) => readdir(directory).catch(() => [])));
    for (const uid of new Set([...inventory.podUids(), ...onDisk.flat()])) this.reapSoon(uid);
  }

  /** Removes what is left of one pod, and tries again until nothing is. */
  reapSoon(uid: string): void {
    if (this.#isWanted(uid) || this.#reaping.has(uid) || this.#ended.signal.aborted) return;
    this.#reaping.add(uid);
    this.#reap(uid)
      .catch((error: Error) => this.#failed(uid, error))
      .finally(() => this.#reaping.delete(uid));
  }

  stop(): void {
    this.#ended.abort();
  }

  async #reap(uid: string): Promise<void> {
    const { runtime, inventory, pool, dataDir, mounter, log } = this.#context;
    const { containers, sandboxes } = inventory.pod(uid);
    if (containers.length) log.info("a pod that is not in the cluster any more is removed", { uid });
    await Promise.all(containers.map(({ id }) => runtime.stopContainer(id, GRACE_SECONDS)));
    for (const { id } of containers) {
      await runtime.removeContainer(id);
      inventory.noteGone(id);
    }
    for (const { id } of sandboxes) await pool.remove(id);
    await tearDownVolumes(podPaths(dataDir, uid), mounter);
  }

  #failed(uid: string, error: Error): void {
    const { clock, log } = this.#context;
    log.warn("what is left of a deleted pod cannot be removed: trying again", { uid, error });
    clock
      .sleep(RETRY_MS, this.#ended.signal)
      .then(() => this.reapSoon(uid))
      .catch(() => {});
  }
}
