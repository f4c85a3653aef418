import { type Clock, type Logger, limiter, type Timer } from "@wherry/base";
import type { NetworkDriver } from "@wherry/network";
import type { ContainerRuntime, PodRef, Sandbox, SandboxOptions } from "@wherry/runtime";
import type { EngineGate } from "../pods/engine-gate.ts";
import { Demand } from "./demand.ts";

/** A running sandbox with its address. */
export interface ReadySandbox {
  sandbox: Sandbox;
  ip: string;
}

export interface SandboxPoolOptions {
  runtime: ContainerRuntime;
  network: NetworkDriver;
  engine: EngineGate;
  clock: Clock;
  log: Logger;
  /** How many wait, warm: at least, and at most after many pods started at once. */
  size: number;
  mostSize: number;
  /** Called with every sandbox that is made, and with the id of each that is removed. */
  onMade(sandbox: Sandbox): void;
  onRemoved(id: string): void;
}

/** The pool is filled again when nobody took from it, and the engine had nothing to do, for this long: starting pods have it to themselves. */
const QUIET_MS = 300;
const RETRY_MS = 5_000;

/**
 * Sandboxes that run and have an address before there is a pod for them, so that a pod's start does not wait for either. A few; after a burst of pods as many as
 * it took, for some minutes.
 */
export class SandboxPool {
  readonly #options: SandboxPoolOptions;
  readonly #warm: ReadySandbox[] = [];
  /** On their way to a pod. */
  readonly #taken = new Set<string>();
  /** By sandbox. */
  readonly #attached = new Map<string, string>();
  readonly #removal = limiter(2);
  readonly #demand: Demand;
  #timer: Timer | undefined;
  /** Since when the pool is being filled, or emptied. */
  #filling: number | undefined;
  #stopped = false;

  constructor(options: SandboxPoolOptions) {
    this.#options = options;
    this.#demand = new Demand(options.clock, options.size, options.mostSize);
  }

  get size(): number {
    return this.#warm.length;
  }

  /** Takes over warm sandboxes that an earlier agent left, removes dead ones, and fills the pool. */
  async adopt(sandboxes: readonly Sandbox[]): Promise<void> {
    for (const { id, ip } of await this.#options.network.attachments()) this.#attached.set(id, ip);
    for (const sandbox of sandboxes) {
      const ip = this.#attached.get(sandbox.id);
      if (sandbox.running && ip && this.#warm.length < this.#demand.wanted) this.#warm.push({ sandbox, ip });
      else await this.remove(sandbox.id);
    }
    this.#fillSoon(0);
  }

  /** A sandbox for a pod: a warm one if there is one and the pod asks for nothing special. */
  async take(pod: PodRef, options?: SandboxOptions): Promise<ReadySandbox> {
    this.#demand.note();
    this.#fillSoon(QUIET_MS);
    for (let warm = this.#pop(options); warm; warm = this.#pop(options)) {
      this.#taken.add(warm.sandbox.id);
      try {
        await this.#options.runtime.assignSandbox(warm.sandbox.id, pod);
        const sandbox = { ...warm.sandbox, pod };
        this.#options.onMade(sandbox);
        return { sandbox, ip: warm.ip };
      } catch (error) {
        this.#options.log.warn("a warm sandbox cannot be used: another one is taken", { sandbox: warm.sandbox.id, error });
        await this.remove(warm.sandbox.id);
      } finally {
        this.#taken.delete(warm.sandbox.id);
      }
    }
    return this.#make(pod, options);
  }

  /** The address of a live sandbox, which is made anew if it has none (any more). */
  async addressOf({ id, pid }: Sandbox): Promise<string> {
    return this.#attached.get(id) ?? this.#attach(id, pid);
  }

  /** A warm sandbox died. Gives whether it was one of the pool's. */
  lost(id: string): boolean {
    const index = this.#warm.findIndex((w) => w.sandbox.id === id);
    if (index < 0) return false;
    this.#warm.splice(index, 1);
    void this.remove(id).catch(() => {});
    this.#fillSoon(QUIET_MS);
    return true;
  }

  /**
   * Removes what is on the engine without a pod and is none of the pool's: sandboxes that died while the engine was going away and could not be removed, or that
   * were made when their maker was cut off. Call it with what the engine has now. Never rejects: what cannot be removed is found again.
   */
  async tidy(sandboxes: readonly Sandbox[]): Promise<void> {
    for (const { id, running } of sandboxes) if (!running) this.lost(id);
    // One that is being made is known to nobody yet; and who is nobody's is decided at once, before a pod can take another.
    const pooled = new Set(this.#warm.map(({ sandbox }) => sandbox.id));
    const filling = this.#filling ?? Number.POSITIVE_INFINITY;
    const strays = sandboxes.filter(({ id, createdAt }) => createdAt < filling && !pooled.has(id) && !this.#taken.has(id));
    const removals = await Promise.allSettled(strays.map(({ id }) => this.remove(id)));
    for (const { reason: error } of removals.filter((removal) => removal.status === "rejected"))
      this.#options.log.debug("a sandbox that nobody uses cannot be removed now", { error });
  }

  /** Takes a sandbox's address back and removes it. */
  async remove(id: string): Promise<void> {
    await this.#removal(async () => {
      this.#attached.delete(id);
      await this.#options.network.detach(id);
      await this.#options.runtime.removeSandbox(id);
    });
    this.#options.onRemoved(id);
  }

  /** Makes no more; what is warm stays for the next agent. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #pop(options: SandboxOptions | undefined): ReadySandbox | undefined {
    return options?.sysctls && Object.keys(options.sysctls).length ? undefined : this.#warm.shift();
  }

  async #make(pod: PodRef | undefined, options?: SandboxOptions): Promise<ReadySandbox> {
    const { runtime, engine, onMade } = this.#options;
    const sandbox = await engine.run("sandbox", () => runtime.createSandbox(pod, options));
    onMade(sandbox);
    try {
      return { sandbox, ip: await this.#attach(sandbox.id, sandbox.pid) };
    } catch (error) {
      await this.remove(sandbox.id).catch(() => {});
      throw error;
    }
  }

  async #attach(id: string, pid: number): Promise<string> {
    const { ip } = await this.#options.network.attach(id, pid);
    this.#attached.set(id, ip);
    return ip;
  }

  #fillSoon(ms: number): void {
    this.#timer?.cancel();
    if (!this.#stopped) this.#timer = this.#options.clock.schedule(ms, () => void this.#fill());
  }

  async #fill(): Promise<void> {
    if (this.#filling !== undefined) return;
    this.#filling = this.#options.clock.now();
    try {
      while (!this.#stopped && this.#warm.length !== this.#demand.wanted) {
        if (!this.#options.engine.idle) return this.#fillSoon(QUIET_MS);
        if (this.#warm.length < this.#demand.wanted) this.#warm.push(await this.#make(undefined));
        else await this.remove(this.#warm.pop()!.sandbox.id);
      }
      const later = this.#demand.fallsIn;
      if (later !== undefined) this.#fillSoon(later);
    } catch (error) {
      this.#options.log.warn("cannot keep sandboxes warm: trying again", { error });
      this.#fillSoon(RETRY_MS);
    } finally {
      this.#filling = undefined;
    }
  }
}
