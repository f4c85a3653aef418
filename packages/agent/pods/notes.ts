import type { Clock } from "@wherry/base";
import type { StartFailure } from "../containers/start-failure.ts";
import type { Waiting } from "../status/container-status.ts";

interface Note {
  failure: StartFailure;
  at: number;
}

/** How long the first reason of a failure is shown before a back-off's takes its place. */
const FRESH_MS = 5_000;

/** Why containers of one pod could not be started, by name, until they are. */
export class Notes {
  readonly #clock: Clock;
  readonly #notes = new Map<string, Note>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#notes.size;
  }

  set(name: string, failure: StartFailure): void {
    this.#notes.set(name, { failure, at: this.#clock.now() });
  }

  delete(name: string): void {
    this.#notes.delete(name);
  }

  /** Before when each container may not be tried again, in milliseconds since the epoch. */
  get notBefore(): Map<string, number> {
    return new Map([...this.#notes].map(([name, { failure, at }]) => [name, at + failure.retryMs]));
  }

  /** What to show: a fresh failure, else the plan's reason (a back-off), else what is left of the failure. */
  waiting(planned: ReadonlyMap<string, Waiting>): Map<string, Waiting> {
    const shown = new Map(planned);
    for (const [name, { failure, at }] of this.#notes) {
      const fresh = this.#clock.now() < at + FRESH_MS;
      if (fresh) shown.set(name, failure.waiting);
      else if (!shown.has(name)) shown.set(name, failure.later ?? failure.waiting);
    }
    return shown;
  }

  /** When what is shown changes by itself next. */
  get changesAt(): number | undefined {
    const times = [...this.#notes.values()].map(({ at }) => at + FRESH_MS).filter((time) => time > this.#clock.now());
    return times.length ? Math.min(...times) : undefined;
  }

  /** Failures that have just begun to be shown as a back-off; each is given once. */
  takeBackedOff(): { name: string; waiting: Waiting }[] {
    const taken: { name: string; waiting: Waiting }[] = [];
    for (const [name, note] of this.#notes) {
      if (!note.failure.later || this.#backedOff.has(note) || this.#clock.now() < note.at + FRESH_MS) continue;
      this.#backedOff.add(note);
      taken.push({ name, waiting: note.failure.later });
    }
    return taken;
  }

  readonly #backedOff = new WeakSet<Note>();
}
