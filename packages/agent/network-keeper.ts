import { Backoff, type Clock, type Logger, type Timer } from "@wherry/base";
import type { NetworkDriver, NodeNetworkConfig } from "@wherry/network";

export interface NetworkKeeperOptions {
  network: NetworkDriver;
  config: NodeNetworkConfig;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** How often it is made sure that nobody changed the host's rules: firewalls are reloaded without telling anybody. */
const CHECK_MS = 300_000;
const RETRY = { initial: 1_000, max: 30_000, jitter: 0.2 };

/** Makes the node's network, and puts right what others change on the host: an engine that starts writes its own packet filter anew, and so does a firewall. */
export class NetworkKeeper {
  readonly #options: NetworkKeeperOptions;
  readonly #backoff = new Backoff(RETRY);
  #timer: Timer | undefined;
  #looking = false;
  #again = false;

  constructor(options: NetworkKeeperOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#timer?.cancel(), { once: true });
  }

  /** Makes the network, and looks after it until the signal aborts. Rejects when it cannot be made the first time. */
  async start(): Promise<void> {
    const { network, config } = this.#options;
    await network.setup(config);
    this.#schedule(CHECK_MS);
  }

  /** Something may have changed: looks now, and once more when it is asked while it looks. Returns at once. */
  check(): void {
    this.#again = true;
    if (!this.#looking) void this.#look();
  }

  async #look(): Promise<void> {
    const { network, config, log, signal } = this.#options;
    this.#looking = true;
    while (this.#again && !signal.aborted) {
      this.#again = false;
      try {
        await network.setup(config);
        this.#backoff.reset();
        this.#schedule(CHECK_MS);
      } catch (error) {
        if (!signal.aborted) log.error("the node's network cannot be put right: trying again", { error });
        this.#schedule(this.#backoff.next());
      }
    }
    this.#looking = false;
  }

  #schedule(ms: number): void {
    this.#timer?.cancel();
    if (!this.#options.signal.aborted) this.#timer = this.#options.clock.schedule(ms, () => this.check());
  }
}
