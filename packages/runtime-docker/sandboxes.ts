import { randomBytes } from "node:crypto";
import { ContainerConfigError, type PodRef, type Sandbox, type SandboxOptions } from "@wherry/runtime";
import type { ContainerCreateOptions } from "dockerode";
import type { EngineClient } from "./engine/client.ts";
import { createContainer } from "./engine/create.ts";
import { EngineError, hasStatus } from "./engine/engine-error.ts";
import { removeContainer } from "./engine/remove.ts";
import type { Inventory } from "./inventory.ts";
import { LABEL, podOfSandboxName, sandboxName, warmSandboxName } from "./naming.ts";
import type { PauseImage } from "./pause-image.ts";

/** The kubelet's value for what must be the last to be killed when memory is short. */
const OOM_SCORE = -998;

/** Namespaces that pods live in, each held by a pause container that Docker gives no network. */
export class Sandboxes {
  readonly #engine: EngineClient;
  readonly #cluster: string;
  readonly #inventory: Inventory;
  readonly #image: PauseImage;

  readonly #lowestOomScore: number;

  constructor(engine: EngineClient, cluster: string, inventory: Inventory, image: PauseImage, lowestOomScore: number) {
    this.#lowestOomScore = lowestOomScore;
    this.#engine = engine;
    this.#cluster = cluster;
    this.#inventory = inventory;
    this.#image = image;
  }

  async create(pod: PodRef | undefined, options: SandboxOptions): Promise<Sandbox> {
    const name = pod ? sandboxName(this.#cluster, pod) : warmSandboxName(this.#cluster, randomBytes(6).toString("hex"));
    await this.#image.ensure();
    const held = pod && (await this.#freeName(name));
    if (held) return held;
    const id = await this.#create(name, options);
    try {
      await this.#engine.call((docker) => docker.getContainer(id).start(), { begins: true });
    } catch (error) {
      await removeContainer(this.#engine, id);
      throw error instanceof EngineError ? new ContainerConfigError(`cannot start the pod's sandbox: ${error.message}`) : error;
    }
    return (await this.#look(id)) ?? fail(id);
  }

  async assign(id: string, pod: PodRef): Promise<void> {
    const name = sandboxName(this.#cluster, pod);
    const owner = (await this.#inventory.recall(id)) ?? fail(id);
    if (owner.name === name) return;
    const other = podOfSandboxName(owner.name);
    if (other) throw new Error(`sandbox ${id} belongs to pod ${other.namespace}/${other.name}`);
    if (await this.#rename(id, name)) return;
    const held = await this.#freeName(name);
    if (held) throw new Error(`pod ${pod.namespace}/${pod.name} has another sandbox already: ${held.id}`);
    if (!(await this.#rename(id, name))) throw new Error(`the name ${name} is taken on the engine`);
  }

  async remove(id: string): Promise<void> {
    this.#inventory.forget(id);
    await removeContainer(this.#engine, id);
  }

  /** False when another container has the name. */
  async #rename(id: string, name: string): Promise<boolean> {
    try {
      await this.#engine.call((docker) => docker.getContainer(id).rename({ name }));
      this.#inventory.renamed(id, name);
      return true;
    } catch (error) {
      if (hasStatus(error, 404)) fail(id);
      if (hasStatus(error, 409)) return false;
      throw error;
    }
  }

  /** The running sandbox that has this name; a dead one is removed. */
  async #freeName(name: string): Promise<Sandbox | undefined> {
    const holder = await this.#look(name);
    if (holder && !holder.running) await this.remove(holder.id);
    return holder?.running ? holder : undefined;
  }

  async #create(name: string, options: SandboxOptions, again = true): Promise<string> {
    try {
      return await createContainer(this.#engine, name, this.#config(options));
    } catch (error) {
      if (hasStatus(error, 404) && again) {
        this.#image.forget();
        await this.#image.ensure();
        return this.#create(name, options, false);
      }
      throw hasStatus(error, 400) ? new ContainerConfigError((error as EngineError).message) : error;
    }
  }

  #config(options: SandboxOptions): ContainerCreateOptions {
    return {
      Image: this.#image.name,
      ...(options.hostname && { Hostname: options.hostname }),
      NetworkDisabled: true,
      Labels: { [LABEL.cluster]: this.#cluster },
      HostConfig: {
        IpcMode: "shareable",
        RestartPolicy: { Name: "no" },
        Init: false,
        LogConfig: { Type: "none", Config: {} },
        OomScoreAdj: Math.max(OOM_SCORE, this.#lowestOomScore),
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        // To compile the engine's filter costs about as much as the rest of the start, and this program of ours makes four harmless calls.
        SecurityOpt: ["no-new-privileges", "seccomp=unconfined"],
        ...(options.sysctls && { Sysctls: { ...options.sysctls } }),
      },
    };
  }

  async #look(idOrName: string): Promise<Sandbox | undefined> {
    const known = await this.#inventory.look(idOrName);
    return known && "sandbox" in known.item ? known.item.sandbox : undefined;
  }
}

function fail(id: string): never {
  throw new Error(`sandbox ${id} is gone`);
}
