import { ContainerConfigError, type ContainerSpec, ContainerStartError, type ContainerStatus } from "@wherry/runtime";
import { containerConfig, type LogRotation } from "./container-config.ts";
import { startExitCode, startMessage } from "./container-status.ts";
import type { EngineClient } from "./engine/client.ts";
import { createContainer } from "./engine/create.ts";
import { EngineError, hasStatus } from "./engine/engine-error.ts";
import { removeContainer } from "./engine/remove.ts";
import type { ImageConfigs } from "./image-config.ts";
import type { Inventory } from "./inventory.ts";
import type { NameWaiters } from "./name-waiter.ts";
import { containerName } from "./naming.ts";

/** The lives of application containers. */
export class Containers {
  readonly #engine: EngineClient;
  readonly #cluster: string;
  readonly #inventory: Inventory;
  readonly #images: ImageConfigs;
  readonly #waiters: NameWaiters;
  readonly #rotation: LogRotation;
  readonly #lowestOomScore: number;

  constructor(parts: {
    engine: EngineClient;
    cluster: string;
    inventory: Inventory;
    images: ImageConfigs;
    waiters: NameWaiters;
    rotation: LogRotation;
    lowestOomScore: number;
  }) {
    this.#engine = parts.engine;
    this.#cluster = parts.cluster;
    this.#inventory = parts.inventory;
    this.#images = parts.images;
    this.#waiters = parts.waiters;
    this.#rotation = parts.rotation;
    this.#lowestOomScore = parts.lowestOomScore;
  }

  async create(spec: ContainerSpec): Promise<string> {
    const image = await this.#images.get(spec.image);
    if (!image) throw new Error(`the image ${spec.image} is not on the node any more`);
    const name = containerName(this.#cluster, spec.pod, spec.name, spec.attempt);
    const waiter = (await this.#needsWaiter(spec)) ? await this.#waiters.prepare(name) : undefined;
    const body = containerConfig(spec, {
      cluster: this.#cluster,
      image,
      rotation: this.#rotation,
      lowestOomScore: this.#lowestOomScore,
      ...(waiter && { waiter }),
    });
    try {
      return await createContainer(this.#engine, name, body);
    } catch (error) {
      const present = hasStatus(error, 409) && (await this.#named(name));
      if (present) return present;
      throw hasStatus(error, 400, 409) ? new ContainerConfigError((error as EngineError).message) : error;
    }
  }

  async start(id: string): Promise<void> {
    this.#inventory.forget(id);
    try {
      await this.#engine.call((docker) => docker.getContainer(id).start(), { begins: true });
    } catch (error) {
      if (!(error instanceof EngineError) || hasStatus(error, 404, 409)) throw error;
      if (!hasStatus(error, 304)) throw new ContainerStartError(startExitCode(error.message), startMessage(error.message));
    }
    const known = await this.#inventory.look(id);
    if (known?.hostname === undefined || !("container" in known.item)) return;
    const failure = await this.#waiters.release(known.name, known.item.container.pid, known.hostname);
    if (failure !== undefined) throw new ContainerStartError(startExitCode(failure), failure);
  }

  /** Ends the starts that an agent left half done when it died. */
  async resumeStarts(running: readonly ContainerStatus[]): Promise<void> {
    const waiting = await this.#waiters.waiting();
    if (waiting.size === 0) return;
    await Promise.all(
      running.map(async ({ id, pid }) => {
        const known = await this.#inventory.recall(id);
        if (known?.hostname !== undefined && waiting.has(known.name)) await this.#waiters.release(known.name, pid, known.hostname);
      }),
    );
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    if (graceSeconds <= 0) return this.signal(id, "SIGKILL");
    try {
      await this.#engine.call((docker) => docker.getContainer(id).stop({ t: Math.ceil(graceSeconds) }), { blocking: true });
    } catch (error) {
      if (!hasStatus(error, 304, 404)) throw error;
    }
  }

  /** With SIGKILL it returns when the process has ended. */
  async signal(id: string, signal: string): Promise<void> {
    try {
      await this.#engine.call((docker) => docker.getContainer(id).kill({ signal }), { blocking: true });
    } catch (error) {
      if (!hasStatus(error, 404, 409)) throw error;
    }
  }

  async remove(id: string): Promise<void> {
    const known = await this.#inventory.recall(id);
    this.#inventory.forget(id);
    await removeContainer(this.#engine, id);
    if (known?.hostname !== undefined) await this.#waiters.forget(known.name);
  }

  async #needsWaiter(spec: ContainerSpec): Promise<boolean> {
    if (spec.sandbox === "host") return false;
    const sandbox = await this.#inventory.recall(spec.sandbox);
    if (!sandbox) throw new Error(`sandbox ${spec.sandbox} is gone`);
    return sandbox.hostnameOfSandbox !== spec.hostname;
  }

  async #named(name: string): Promise<string | undefined> {
    const known = await this.#inventory.look(name);
    return known && "container" in known.item ? known.item.container.id : undefined;
  }
}
