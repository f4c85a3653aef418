import { chmod, mkdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { LOCAL_PATH_FINALIZER, LOCAL_PATH_PROVISIONER, PersistentVolume, PROVISIONED_BY_ANNOTATION } from "@wherry/api";
import { Backoff, type Clock, hasReason, type Logger, type Timer } from "@wherry/base";
import type { Client, Informer } from "@wherry/client";
import type { EventRecorder } from "@wherry/engine";
import { volumesDirectory } from "../../files/pod-paths.ts";
import type { Mounter } from "../mounter.ts";

export interface DirectoryKeeperOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  events: EventRecorder;
  mounter: Mounter;
  dataDir: string;
  /** The volumes of this node. */
  volumes: Informer<PersistentVolume>;
  /** Whether a pod of this node, be it on its way out, has the volume. */
  isUsed(volume: PersistentVolume): boolean;
}

const RETRY = { initial: 1_000, max: 120_000, jitter: 0.1 };

/**
 * Makes and removes the directories behind this node's provisioned volumes. A directory is there before its volume carries this node's finalizer, and goes, all it
 * holds included, when the volume is deleted, nothing else holds it and no pod uses it. Nothing but `DATA/volumes/VOLUME` is ever touched.
 */
export class DirectoryKeeper {
  readonly #options: DirectoryKeeperOptions;
  readonly #works = new Map<string, Work>();
  #stopped = false;

  constructor(options: DirectoryKeeperOptions) {
    this.#options = options;
  }

  /** Follows the volumes from now on. */
  start(): void {
    const look = (volume: PersistentVolume) => this.look(volume.metadata.name);
    this.#options.volumes.on({ added: look, updated: look, deleted: ({ metadata }) => this.#forget(metadata.name) });
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#works.values()) timer?.cancel();
  }

  /** Whether the volume's directory is this keeper's to make. */
  keeps(volume: PersistentVolume): boolean {
    const isProvisioned = volume.metadata.annotations?.[PROVISIONED_BY_ANNOTATION] === LOCAL_PATH_PROVISIONER;
    return isProvisioned && volume.spec.local?.path === this.#directoryOf(volume.metadata.name);
  }

  /** Resolves when the volume's directory is there. Rejects when it cannot be made, or was there once and is not any more. */
  async ready(volume: PersistentVolume): Promise<void> {
    const path = this.#directoryOf(volume.metadata.name);
    if (!isMade(volume)) await this.#make(volume);
    else if (!(await isDirectory(path))) throw new Error(`path "${path}" does not exist`);
  }

  /** A pod is gone: what it used may go now. */
  lookAtAll(): void {
    for (const { metadata } of this.#options.volumes.lister.list()) if (metadata.deletionTimestamp) this.look(metadata.name);
  }

  /** Does what there is to do for one volume, one step at a time, until it is done. */
  look(name: string): void {
    if (this.#stopped) return;
    const work = this.#works.get(name) ?? { again: false, running: false, backoff: new Backoff(RETRY) };
    this.#works.set(name, work);
    work.again = true;
    if (work.running) return;
    work.running = true;
    work.timer?.cancel();
    void this.#run(name, work).finally(() => {
      work.running = false;
      if (work.again) this.look(name);
    });
  }

  async #run(name: string, work: Work): Promise<void> {
    while (work.again && !this.#stopped) {
      work.again = false;
      try {
        await this.#step(name);
        work.backoff.reset();
      } catch (error) {
        this.#failed(name, work, error as Error);
      }
    }
  }

  async #step(name: string): Promise<void> {
    const volume = this.#options.volumes.lister.get(name);
    if (!volume) return;
    const keeps = this.keeps(volume);
    if (!volume.metadata.deletionTimestamp) {
      if (keeps && !isMade(volume)) await this.#make(volume);
    } else if (isLastFinalizer(volume) && !this.#options.isUsed(volume)) {
      if (keeps) await this.#remove(volume);
      await this.#letGo(volume.metadata.name);
    }
  }

  async #make({ metadata: { name } }: PersistentVolume): Promise<void> {
    const path = this.#directoryOf(name);
    const made = await mkdir(path, { recursive: true });
    // Whoever a container runs as may write, as in an emptyDir.
    if (made) await chmod(path, 0o777);
    const isThere = await this.#patch(name, { finalizers: [LOCAL_PATH_FINALIZER] });
    if (!isThere) await rmdir(path).catch(() => {});
  }

  async #remove({ metadata: { name }, spec }: PersistentVolume): Promise<void> {
    const path = this.#directoryOf(name);
    if (spec.persistentVolumeReclaimPolicy === "Delete") {
      const mounts = (await this.#options.mounter.mountsUnder(path)).filter((at) => at !== path);
      if (mounts.length) throw new Error(`something is mounted below ${path}: unmount ${mounts.join(", ")}`);
      await rm(path, { recursive: true, force: true });
    }
  }

  /** A volume that somebody made look like another's is let go as well: its directory is not ours to judge, and stays. */
  async #letGo(name: string): Promise<void> {
    await this.#patch(name, { "$deleteFromPrimitiveList/finalizers": [LOCAL_PATH_FINALIZER] });
  }

  /** Gives whether the volume is still there. */
  async #patch(name: string, metadata: object): Promise<boolean> {
    try {
      await this.#options.client.patch(PersistentVolume, { name }, { type: "strategic", body: { metadata } });
      return true;
    } catch (error) {
      if (hasReason(error, "NotFound")) return false;
      throw error;
    }
  }

  #failed(name: string, work: Work, error: Error): void {
    const { clock, log, events, volumes } = this.#options;
    const volume = volumes.lister.get(name);
    log.warn("a volume's directory cannot be kept: trying again", { volume: name, error });
    if (volume?.metadata.deletionTimestamp) events.event(volume, "Warning", "VolumeFailedDelete", error.message);
    if (!this.#stopped) work.timer = clock.schedule(work.backoff.next(), () => this.look(name));
  }

  #forget(name: string): void {
    this.#works.get(name)?.timer?.cancel();
    this.#works.delete(name);
  }

  #directoryOf(name: string): string {
    return join(volumesDirectory(this.#options.dataDir), name);
  }
}

/** What goes on about one volume. */
interface Work {
  running: boolean;
  again: boolean;
  timer?: Timer;
  readonly backoff: Backoff;
}

const isMade = ({ metadata }: PersistentVolume): boolean => metadata.finalizers?.includes(LOCAL_PATH_FINALIZER) ?? false;

const isLastFinalizer = ({ metadata: { finalizers } }: PersistentVolume): boolean =>
  finalizers?.length === 1 && finalizers[0] === LOCAL_PATH_FINALIZER;

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
