import { randomInt } from "node:crypto";
import type { Clock, Logger } from "@wherry/base";
import { type Exchange, exchangeTcp, exchangeUdp } from "./exchange.ts";
import { printUpstream, type Upstream } from "./upstreams.ts";

/** A server that did not answer is asked last for this long. */
const AVOID_MS = 10_000;
const TRY_MS = 2_000;
/** Clients give up after five seconds: an answer that says so must come before. */
const ROUNDS = 2;
/** More at once means an attack, or a loop. */
const MAX_PENDING = 1_000;

export interface ForwarderOptions {
  upstreams: readonly Upstream[];
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/**
 * Asks the upstreams what is not the cluster's, and gives their answer as it is. A question that is already on its way is not asked again: an
 * upstream that asks us back is thereby no loop.
 */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #pending = new Map<string, Promise<Buffer | undefined>>();
  readonly #avoid = new Map<Upstream, number>();

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** Whether there is anyone to ask. */
  get available(): boolean {
    return this.#options.upstreams.length > 0;
  }

  /** The answer, with the query's own id; undefined when there was none in time. Never rejects. */
  async ask(query: Uint8Array, via: "udp" | "tcp"): Promise<Buffer | undefined> {
    const key = via + Buffer.from(query.buffer, query.byteOffset + 2, query.length - 2).toString("latin1");
    let answer = this.#pending.get(key);
    if (!answer) {
      if (this.#pending.size >= MAX_PENDING) return undefined;
      answer = this.#ask(query, via === "udp" ? exchangeUdp : exchangeTcp).finally(() => this.#pending.delete(key));
      this.#pending.set(key, answer);
    }
    return withId(await answer, query);
  }

  async #ask(query: Uint8Array, exchange: Exchange): Promise<Buffer | undefined> {
    const { clock, log, signal } = this.#options;
    const own = Buffer.from(query);
    own.writeUInt16BE(randomInt(0x10000));
    for (let round = 0; round < ROUNDS; round++) {
      for (const upstream of this.#ordered()) {
        if (signal.aborted) return undefined;
        try {
          return await exchange(own, upstream, { clock, timeoutMs: this.#patience(), signal });
        } catch (error) {
          this.#avoid.set(upstream, clock.now() + AVOID_MS);
          log.debug("an upstream DNS server did not answer", { upstream: printUpstream(upstream), error });
        }
      }
    }
    return undefined;
  }

  /** The time for one try: all tries together take no longer than with a single server. */
  #patience(): number {
    return Math.max(500, Math.floor((TRY_MS * 2) / (ROUNDS * this.#options.upstreams.length)));
  }

  #ordered(): readonly Upstream[] {
    const now = this.#options.clock.now();
    const isAvoided = (upstream: Upstream) => (this.#avoid.get(upstream) ?? 0) > now;
    return this.#options.upstreams.toSorted((a, b) => Number(isAvoided(a)) - Number(isAvoided(b)));
  }
}

/** A copy, because one answer may go to several who asked. */
function withId(answer: Buffer | undefined, query: Uint8Array): Buffer | undefined {
  if (!answer) return undefined;
  const copy = Buffer.from(answer);
  copy.set(query.subarray(0, 2));
  return copy;
}
