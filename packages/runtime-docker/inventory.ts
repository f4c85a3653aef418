import type { ContainerStatus, Sandbox } from "@wherry/runtime";
import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { containerStatus, sandboxStatus } from "./container-status.ts";
import type { EngineClient } from "./engine/client.ts";
import { hasStatus } from "./engine/engine-error.ts";
import type { ImageConfigs } from "./image-config.ts";
import type { NameWaiters } from "./name-waiter.ts";
import { LABEL, podOfSandboxName } from "./naming.ts";

/** What is remembered about one container of the engine. */
interface Known {
  /** The engine's word for its state when it was looked at. */
  state: string;
  /** Its Docker name, without the slash. */
  name: string;
  tty: boolean;
  /** Its own host name, when it has to be set at the start. */
  hostname: string | undefined;
  hostnameOfSandbox: string;
  item: { sandbox: Sandbox } | { container: ContainerStatus };
}

/**
 * What the cluster has on the engine. A container is inspected once in each state of its life: a running one keeps its process, an ended one its exit code.
 */
export class Inventory {
  readonly #engine: EngineClient;
  readonly #cluster: string;
  readonly #images: ImageConfigs;
  readonly #waiters: NameWaiters;
  readonly #known = new Map<string, Known>();
  /** Containers that ran out of memory. The engine may say so after their end only, and then never again. */
  readonly #outOfMemory = new Set<string>();

  constructor(engine: EngineClient, cluster: string, images: ImageConfigs, waiters: NameWaiters) {
    this.#engine = engine;
    this.#cluster = cluster;
    this.#images = images;
    this.#waiters = waiters;
  }

  /** One call for all, and one more for each container whose state is new. */
  async list(): Promise<{ sandboxes: Sandbox[]; containers: ContainerStatus[] }> {
    const summaries = await this.summaries();
    const present = new Set(summaries.map((s) => s.Id));
    for (const id of [...this.#known.keys(), ...this.#outOfMemory]) if (!present.has(id)) this.gone(id);
    const all = await Promise.all(summaries.map((s) => this.#current(s)));
    return {
      sandboxes: all.flatMap((known) => (known && "sandbox" in known.item ? [known.item.sandbox] : [])),
      containers: all.flatMap((known) => (known && "container" in known.item ? [known.item.container] : [])),
    };
  }

  /** Everything with the cluster's label, as the engine lists it. */
  summaries(): Promise<ContainerInfo[]> {
    const filters = { label: [`${LABEL.cluster}=${this.#cluster}`] };
    return this.#engine.call((docker) => docker.listContainers({ all: true, filters }));
  }

  /** Looks at one container, by id or name; undefined when it is gone. */
  async look(id: string): Promise<Known | undefined> {
    try {
      return await this.#remember(await this.#engine.call((docker) => docker.getContainer(encodeURIComponent(id)).inspect()));
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      this.gone(id);
      return undefined;
    }
  }

  /** What never changes about a container (tty, name ...): from memory if possible. */
  async recall(id: string): Promise<Known | undefined> {
    return this.#known.get(id) ?? this.look(id);
  }

  /** The engine gave the sandbox another name. */
  renamed(id: string, name: string): void {
    const known = this.#known.get(id);
    if (known && "sandbox" in known.item)
      this.#known.set(id, { ...known, name, item: { sandbox: { ...known.item.sandbox, pod: podOfSandboxName(name) } } });
  }

  /** The engine said that something happened to it. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  /** The engine said that it ran out of memory. */
  ranOutOfMemory(id: string): void {
    this.forget(id);
    this.#outOfMemory.add(id);
  }

  /** The engine does not have it any more. */
  gone(id: string): void {
    this.forget(id);
    this.#outOfMemory.delete(id);
  }

  async #current(summary: ContainerInfo): Promise<Known | undefined> {
    const known = this.#known.get(summary.Id);
    if (known?.state !== summary.State || summary.State === "created") return this.look(summary.Id);
    if ("container" in known.item) return known;
    const current = { ...known, item: { sandbox: { ...known.item.sandbox, pod: podOfSandboxName(summary.Names[0] ?? "") } } };
    this.#known.set(summary.Id, current);
    return current;
  }

  async #remember(info: ContainerInspectInfo): Promise<Known> {
    const known: Known = {
      state: info.State.Status,
      name: info.Name.replace(/^\//, ""),
      tty: info.Config.Tty,
      hostname: info.Config.Labels[LABEL.hostname],
      hostnameOfSandbox: info.Config.Hostname,
      item:
        info.Config.Labels[LABEL.container] === undefined ? { sandbox: sandboxStatus(info) } : { container: await this.#container(info) },
    };
    this.#known.set(info.Id, known);
    return known;
  }

  async #container(info: ContainerInspectInfo): Promise<ContainerStatus> {
    const reference = (await this.#images.get(info.Image))?.reference ?? info.Image;
    const waited = info.Config.Labels[LABEL.hostname] !== undefined && !info.State.Running;
    const status = containerStatus(info, reference, waited ? await this.#waiters.said(info.Name.replace(/^\//, "")) : "");
    return status.state === "exited" && this.#outOfMemory.has(info.Id) ? { ...status, oomKilled: true } : status;
  }
}
