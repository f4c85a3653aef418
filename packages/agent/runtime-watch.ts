import type { Clock, Logger, Timer } from "@wherry/base";
import type { ContainerRuntime } from "@wherry/runtime";
import type { Inventory } from "./pods/inventory.ts";
import type { SandboxPool } from "./sandbox-pool/sandbox-pool.ts";

export interface RuntimeWatchOptions {
  runtime: ContainerRuntime;
  inventory: Inventory;
  pool: SandboxPool;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Everything was read anew. */
  onResync(): void;
  /** The engine was away and is back: it may have changed the host's packet filter. */
  onReturn(): void;
  /** The engine answers, or why it does not. */
  onHealth(problem: string | undefined): void;
}

/** How often everything is read anew: the net under the events. */
const RESYNC_MS = 60_000;
/** While the engine does not answer. */
const RETRY_MS = 2_000;

/** Follows what happens on the engine: each event is a hint to look at one thing, and now and then everything is read anew. */
export class RuntimeWatch {
  readonly #options: RuntimeWatchOptions;
  #timer: Timer | undefined;

  constructor(options: RuntimeWatchOptions) {
    this.#options = options;
  }

  /** Reads everything for the first time and follows the events from before that. Rejects when the engine does not answer. */
  async start(): Promise<void> {
    const { runtime, signal, inventory, log } = this.#options;
    const events = runtime.events(signal);
    this.#follow(events).catch((error: Error) => signal.aborted || log.error("the engine's events ended", { error }));
    await inventory.refresh();
    this.#schedule(RESYNC_MS);
    signal.addEventListener("abort", () => this.#timer?.cancel(), { once: true });
  }

  /** Reads everything anew. Never rejects. */
  async resync(): Promise<void> {
    const { inventory, pool, onResync, onHealth, log, signal } = this.#options;
    try {
      await inventory.refresh();
      void pool.tidy(inventory.warmSandboxes());
      onHealth(undefined);
      onResync();
      this.#schedule(RESYNC_MS);
    } catch (error) {
      if (signal.aborted) return;
      log.warn("the container engine does not answer", { error });
      onHealth(`container runtime is down: ${(error as Error).message}`);
      this.#schedule(RETRY_MS);
    }
  }

  #schedule(ms: number): void {
    this.#timer?.cancel();
    if (!this.#options.signal.aborted) this.#timer = this.#options.clock.schedule(ms, () => void this.resync());
  }

  async #follow(events: ReturnType<ContainerRuntime["events"]>): Promise<void> {
    for await (const event of events) {
      if (event.type === "resync") {
        this.#options.onReturn();
        await this.resync();
      } else if (event.type === "exit" || event.type === "oom") this.#changed(event.id);
      else if (event.type === "remove") this.#removed(event.id);
    }
  }

  #changed(id: string): void {
    const { inventory, pool, log } = this.#options;
    if (inventory.isSandbox(id)) {
      inventory.noteSandboxDead(id);
      pool.lost(id);
    } else if (inventory.container(id))
      inventory.look(id).catch((error: Error) => log.debug("a container cannot be looked at", { id, error }));
  }

  #removed(id: string): void {
    const { inventory, pool } = this.#options;
    if (!inventory.isSandbox(id) && !inventory.container(id)) return;
    inventory.noteGone(id);
    pool.lost(id);
  }
}
