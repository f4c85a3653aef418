import type { ConfigMap, PersistentVolume, PersistentVolumeClaim, Pod, Secret } from "@wherry/api";
import type { ObjectWatcher, WatchedObject } from "./object-watcher.ts";
import { podReferences } from "./pod-references.ts";
import { type ClaimWatchers, WatchedClaim } from "./watched-claim.ts";

/** What watches the objects that pods mention. */
export interface PodObjectWatchers extends ClaimWatchers {
  configMaps: ObjectWatcher<ConfigMap>;
  secrets: ObjectWatcher<Secret>;
}

/** The ConfigMaps, Secrets and claims of one pod, kept up to date until `release`. */
export class PodObjects {
  readonly #configMaps = new Map<string, WatchedObject<ConfigMap>>();
  readonly #secrets = new Map<string, WatchedObject<Secret>>();
  readonly #claims = new Map<string, WatchedClaim>();

  /** `onChange` is called when any of them is first known, appears, changes or goes. */
  constructor(pod: Pod, watchers: PodObjectWatchers, onChange: () => void) {
    const { configMaps, secrets, claims } = podReferences(pod);
    const namespace = pod.metadata.namespace ?? "";
    for (const name of configMaps) this.#configMaps.set(name, watchers.configMaps.watch(namespace, name, onChange));
    for (const name of secrets) this.#secrets.set(name, watchers.secrets.watch(namespace, name, onChange));
    for (const name of claims) this.#claims.set(name, new WatchedClaim(namespace, name, watchers, onChange));
  }

  /** Whether it is known of all of them if they exist. */
  get known(): boolean {
    return this.#all.every((object) => object.known);
  }

  configMap(name: string): ConfigMap | undefined {
    return this.#configMaps.get(name)?.get();
  }

  secret(name: string): Secret | undefined {
    return this.#secrets.get(name)?.get();
  }

  claim(name: string): PersistentVolumeClaim | undefined {
    return this.#claims.get(name)?.claim;
  }

  /** The volume that the claim of this name has. */
  volumeOfClaim(name: string): PersistentVolume | undefined {
    return this.#claims.get(name)?.volume;
  }

  release(): void {
    for (const object of this.#all) object.release();
    for (const objects of [this.#configMaps, this.#secrets, this.#claims]) objects.clear();
  }

  get #all(): { known: boolean; release(): void }[] {
    return [...this.#configMaps.values(), ...this.#secrets.values(), ...this.#claims.values()];
  }
}
