import type { PersistentVolume, PersistentVolumeClaim } from "@wherry/api";
import type { ObjectWatcher, WatchedObject } from "./object-watcher.ts";

export interface ClaimWatchers {
  claims: ObjectWatcher<PersistentVolumeClaim>;
  volumes: ObjectWatcher<PersistentVolume>;
}

/** A claim of a pod and, once it has one, its volume, kept up to date until `release`. */
export class WatchedClaim {
  readonly #claim: WatchedObject<PersistentVolumeClaim>;
  readonly #watchers: ClaimWatchers;
  readonly #onChange: () => void;
  #volume: WatchedObject<PersistentVolume> | undefined;
  #volumeName: string | undefined;

  constructor(namespace: string, name: string, watchers: ClaimWatchers, onChange: () => void) {
    this.#watchers = watchers;
    this.#onChange = onChange;
    this.#claim = watchers.claims.watch(namespace, name, () => {
      this.#follow();
      onChange();
    });
    this.#follow();
  }

  /** Whether it is known if the claim exists, and, if it names a volume, whether that does. */
  get known(): boolean {
    return this.#claim.known && (this.#volume?.known ?? true);
  }

  get claim(): PersistentVolumeClaim | undefined {
    return this.#claim.get();
  }

  get volume(): PersistentVolume | undefined {
    return this.#volume?.get();
  }

  release(): void {
    this.#claim.release();
    this.#volume?.release();
  }

  /** Watches the volume that the claim names now. */
  #follow(): void {
    const name = this.claim?.spec.volumeName;
    if (this.#volumeName === name) return;
    this.#volume?.release();
    this.#volumeName = name;
    this.#volume = name ? this.#watchers.volumes.watch("", name, this.#onChange) : undefined;
  }
}
