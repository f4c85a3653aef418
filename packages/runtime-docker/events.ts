import { Backoff, type Clock, type Logger } from "@wherry/base";
import type { RuntimeEvent } from "@wherry/runtime";
import type { GetEventsOptions } from "dockerode";
import { bytesOf, jsonLines } from "./engine/body.ts";
import type { EngineClient } from "./engine/client.ts";
import type { Inventory } from "./inventory.ts";
import { LABEL } from "./naming.ts";

interface EngineEvent {
  Action?: string;
  Actor?: { ID?: string };
  timeNano?: number;
}

const TYPES: Readonly<Record<string, RuntimeEvent["type"]>> = { start: "start", die: "exit", oom: "oom", destroy: "remove" };

/** How soon to look again whether the engine is back. */
const RECONNECT = { initial: 100, max: 2000, jitter: 0.2 };

/** What the engine tells about our containers, across its restarts. */
export class Events {
  readonly #engine: EngineClient;
  readonly #cluster: string;
  readonly #inventory: Inventory;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(engine: EngineClient, cluster: string, inventory: Inventory, clock: Clock, log: Logger) {
    this.#engine = engine;
    this.#cluster = cluster;
    this.#inventory = inventory;
    this.#clock = clock;
    this.#log = log;
  }

  /** The engine is asked for everything since this call, so that nothing is lost before the first `next`. */
  async *follow(signal: AbortSignal, since: number): AsyncGenerator<RuntimeEvent | { type: "resync" }> {
    const backoff = new Backoff(RECONNECT);
    for (let first = true, from = since; !signal.aborted; first = false, from = this.#clock.now()) {
      try {
        const stream = await this.#connect(from, signal);
        backoff.reset();
        if (!first) yield { type: "resync" };
        yield* this.#read(stream);
      } catch (error) {
        if (signal.aborted) return;
        if (backoff.failures === 0) this.#log.warn("the engine's events stopped; waiting for it to come back", { error });
      }
      await this.#clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }

  async #connect(since: number, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const options: GetEventsOptions = {
      since: since / 1000,
      filters: { type: ["container"], event: Object.keys(TYPES), label: [`${LABEL.cluster}=${this.#cluster}`] },
      abortSignal: signal,
    };
    return bytesOf(await this.#engine.call((docker) => docker.getEvents(options), { blocking: true, signal }));
  }

  async *#read(stream: AsyncIterable<Buffer>): AsyncGenerator<RuntimeEvent> {
    for await (const { Action, Actor, timeNano } of jsonLines<EngineEvent>(stream)) {
      const type = TYPES[Action ?? ""];
      if (!type || !Actor?.ID) continue;
      if (type === "oom") this.#inventory.ranOutOfMemory(Actor.ID);
      else if (type === "remove") this.#inventory.gone(Actor.ID);
      else this.#inventory.forget(Actor.ID);
      yield { type, id: Actor.ID, time: Math.floor((timeNano ?? 0) / 1e6) };
    }
  }
}
