import type { EndpointSlice, Pod, Service } from "@wherry/api";
import { Backoff, type Clock, type Logger, type Timer } from "@wherry/base";
import type { Informer } from "@wherry/client";
import { type ApiObject, deepEqual, keyOf } from "@wherry/machinery";
import type { NetworkDriver, ServicePort } from "@wherry/network";
import { podHostPorts } from "./host-ports.ts";
import { servicePorts } from "./service-ports.ts";

export interface ServiceProxyOptions {
  network: NetworkDriver;
  services: Informer<Service>;
  slices: Informer<EndpointSlice>;
  /** This node's pods. */
  pods: Informer<Pod>;
  nodeName: string;
  clock: Clock;
  log: Logger;
}

const SERVICE_NAME = "kubernetes.io/service-name";
const BY_SERVICE = "service";
const RETRY = { initial: 500, max: 30_000 };

/** Has the node's kernel know where services lead. Only what changed is computed again, and only a difference is applied. */
export class ServiceProxy {
  readonly #options: ServiceProxyOptions;
  readonly #backoff = new Backoff(RETRY);
  /** By `service/<namespace>/<name>` and `pod/<namespace>/<name>`. */
  readonly #entries = new Map<string, readonly ServicePort[]>();
  readonly #dirty = new Set<string>();
  #changed = true;
  #applying: Promise<void> | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: ServiceProxyOptions) {
    this.#options = options;
    options.slices.addIndex(BY_SERVICE, (slice) => serviceOf(slice) ?? []);
  }

  /** Applies all services there are; follows their changes from then on. Resolves after the first time. */
  async start(): Promise<void> {
    const { services, slices, pods } = this.#options;
    await Promise.all([services.whenSynced(), slices.whenSynced(), pods.whenSynced()]);
    this.#follow(services, (service) => [`service/${keyOf(service)}`]);
    this.#follow(slices, (slice) => (serviceOf(slice) ?? []).map((key) => `service/${key}`));
    this.#follow(pods, (pod) => [`pod/${keyOf(pod)}`]);
    await this.#flush();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #follow<O extends ApiObject>(informer: Informer<O>, keys: (object: O) => readonly string[]): void {
    const touch = (object: O) => {
      for (const key of keys(object)) this.#dirty.add(key);
      void this.#flush();
    };
    informer.on({ added: touch, updated: touch, deleted: touch });
  }

  /** One at a time; what changes meanwhile is applied by one more. */
  #flush(): Promise<void> {
    this.#applying ??= this.#applyAll().finally(() => {
      this.#applying = undefined;
      if (this.#dirty.size > 0 && !this.#stopped) void this.#flush();
    });
    return this.#applying;
  }

  async #applyAll(): Promise<void> {
    // What comes in one turn is applied at once.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#stopped && this.#update()) {
      this.#changed = false;
      try {
        await this.#options.network.applyServices([...this.#entries.values()].flat());
        this.#backoff.reset();
      } catch (error) {
        this.#changed = true;
        this.#options.log.error("services cannot be applied to the node's network: trying again", { error });
        this.#timer = this.#options.clock.schedule(this.#backoff.next(), () => void this.#flush());
        return;
      }
    }
  }

  /** Computes what is dirty; gives whether there is anything to apply. */
  #update(): boolean {
    for (const key of this.#dirty) {
      const next = this.#compute(key);
      const before = this.#entries.get(key) ?? [];
      if (deepEqual(before, next)) continue;
      this.#changed = true;
      if (next.length) this.#entries.set(key, next);
      else this.#entries.delete(key);
    }
    this.#dirty.clear();
    return this.#changed;
  }

  #compute(key: string): readonly ServicePort[] {
    const { services, slices, pods, nodeName } = this.#options;
    const [kind, namespace, name] = key.split("/") as [string, string, string];
    if (kind === "pod") {
      const pod = pods.lister.get(name, namespace);
      return pod ? podHostPorts(pod) : [];
    }
    const service = services.lister.get(name, namespace);
    return service ? servicePorts(service, slices.lister.byIndex(BY_SERVICE, `${namespace}/${name}`), nodeName) : [];
  }
}

function serviceOf(slice: EndpointSlice): [string] | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME];
  return name ? [`${slice.metadata.namespace}/${name}`] : undefined;
}
