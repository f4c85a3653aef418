import type { ConfigMap, Pod, Secret } from "@wherry/api";
import type { ObjectWatcher, WatchedObject } from "./object-watcher.ts";
import { podReferences } from "./pod-references.ts";

/** The ConfigMaps and Secrets of one pod, kept up to date until `release`. */
export class PodObjects {
  readonly #configMaps = new Map<string, WatchedObject<ConfigMap>>();
  readonly #secrets = new Map<string, WatchedObject<Secret>>();

  /** `onChange` is called when any of them is first known, appears, changes or goes. */
  constructor(pod: Pod, watchers: { configMaps: ObjectWatcher<ConfigMap>; secrets: ObjectWatcher<Secret> }, onChange: () => void) {
    const { configMaps, secrets } = podReferences(pod);
    const namespace = pod.metadata.namespace ?? "";
    for (const name of configMaps) this.#configMaps.set(name, watchers.configMaps.watch(namespace, name, onChange));
    for (const name of secrets) this.#secrets.set(name, watchers.secrets.watch(namespace, name, onChange));
  }

  /** Whether it is known of all of them if they exist. */
  get known(): boolean {
    return [...this.#configMaps.values(), ...this.#secrets.values()].every((object) => object.known);
  }

  configMap(name: string): ConfigMap | undefined {
    return this.#configMaps.get(name)?.get();
  }

  secret(name: string): Secret | undefined {
    return this.#secrets.get(name)?.get();
  }

  release(): void {
    for (const object of [...this.#configMaps.values(), ...this.#secrets.values()]) object.release();
    this.#configMaps.clear();
    this.#secrets.clear();
  }
}
