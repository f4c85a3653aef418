import { Pod, type PodStatus } from "@wherry/api";
import { Backoff, type Clock, hasReason, type Logger, type Timer } from "@wherry/base";
import type { Client } from "@wherry/client";
import { statusPatch } from "../status/status-patch.ts";

export interface PodReporterOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  /** The newest version of the pod that is known. */
  newest(): Pod;
  /** The API took a status; this is the pod with it. */
  onWritten(pod: Pod): void;
}

/** Before a pod's object goes, and with it what became of its containers. */
const FLUSH_TRIES = 2;
const RETRY = { initial: 500, max: 10_000, jitter: 0.2 };

/** Writes one pod's status: only differences, one write at a time, and what came meanwhile in one more. Tries again until it is written. */
export class PodReporter {
  readonly #options: PodReporterOptions;
  readonly #backoff = new Backoff(RETRY);
  #wanted: PodStatus | undefined;
  #timer: Timer | undefined;
  #due = Number.POSITIVE_INFINITY;
  #writing: Promise<void> | undefined;
  #stopped = false;

  constructor(options: PodReporterOptions) {
    this.#options = options;
  }

  /** Has the API say this, at the latest after `delayMs`. A status that waits is replaced by the next. */
  report(status: PodStatus, delayMs: number): void {
    this.#wanted = status;
    if (delayMs <= 0) this.#write();
    else this.#writeIn(delayMs);
  }

  /** Resolves when nothing is left to write, or when it cannot be written now, at a second try either. */
  async flushed(): Promise<void> {
    for (let tries = 0; tries < FLUSH_TRIES && (this.#timer || this.#writing); tries++) {
      if (this.#timer) this.#write();
      await this.#writing;
    }
  }

  /** Writes no more. */
  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #writeIn(ms: number): void {
    const { clock } = this.#options;
    if (this.#stopped || clock.now() + ms >= this.#due) return;
    this.#cancel();
    this.#due = clock.now() + ms;
    this.#timer = clock.schedule(ms, () => this.#write());
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#due = Number.POSITIVE_INFINITY;
  }

  #write(): void {
    this.#cancel();
    if (this.#writing || this.#stopped) return;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    const { client, newest, onWritten } = this.#options;
    while (this.#wanted && !this.#stopped) {
      const { metadata, status } = newest();
      const wanted = this.#wanted;
      const patch = statusPatch(status, wanted);
      this.#wanted = undefined;
      if (!patch) return;
      try {
        const body = { metadata: { uid: metadata.uid }, status: patch };
        onWritten(await client.patch(Pod, nameOf(metadata), { type: "strategic", body }, { subresource: "status" }));
        this.#backoff.reset();
      } catch (error) {
        return this.#failed(error as Error, wanted);
      }
    }
  }

  #failed(error: Error, wanted: PodStatus): void {
    if (hasReason(error, "NotFound") || this.#stopped) return;
    this.#options.log.warn("a pod's status cannot be written: trying again", { pod: this.#options.newest().metadata.name, error });
    this.#wanted ??= wanted;
    this.#writeIn(this.#backoff.next());
  }
}

const nameOf = ({ name, namespace }: Pod["metadata"]) => ({ name, ...(namespace && { namespace }) });
