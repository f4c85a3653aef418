import type { Readable, Writable } from "node:stream";
import { aborted, type Clock, type Timer } from "@wherry/base";
import type { ContainerSpec, LogOptions } from "./runtime.ts";

/** A process's side of its streams. The signal aborts when the other side closes them. */
export interface FakeIo {
  stdin: Readable | undefined;
  stdout: Writable;
  stderr: Writable;
  signal: AbortSignal;
}

/** What an `exec` in a fake container does: writes its output, reads its input, and gives the exit code. */
export type FakeExec = (command: readonly string[], io: FakeIo) => Promise<number> | number;

/** What a fake container's own process says to those who attach: an exit code ends it, undefined lets it run on. */
export type FakeAttach = (io: FakeIo) => Promise<number | undefined> | number | undefined;

/** How a fake container lives and dies. The default runs for ever, and ends at once with 143 when it is asked to. */
export interface FakeProgram {
  /** `createContainer` rejects with ContainerConfigError. */
  configError?: string;
  /** `startContainer` rejects with ContainerStartError. */
  startError?: { exitCode: number; message: string };
  /** Ends by itself after so many milliseconds; undefined = never. */
  endsAfterMs?: number;
  exitCode?: number;
  oomKilled?: boolean;
  /** Lines that it writes as it starts. */
  output?: readonly string[];
  /** How long it takes to end once it is asked to; `Infinity` = until it is killed. */
  stopsAfterMs?: number;
  /** Its exit code when it was asked to end; 143 unless given. */
  stoppedExitCode?: number;
  exec?: FakeExec;
  /** Silent when absent. */
  attach?: FakeAttach;
  /** Hears of every new size of a terminal. */
  resized?: (columns: number, rows: number) => void | Promise<void>;
}

/** The moving part of a fake container: a timer instead of a process, and the lines it wrote. */
export class FakeProcess {
  readonly program: FakeProgram;
  readonly pid: number;
  readonly startedAt: number;
  readonly ended: Promise<void>;
  readonly #clock: Clock;
  readonly #lines: { at: number; text: string }[] = [];
  readonly #onEnd: (exitCode: number, oomKilled: boolean) => void;
  readonly #timers: Timer[] = [];
  readonly #resolveEnded: () => void;
  #wake = Promise.withResolvers<void>();
  #running = true;

  constructor(clock: Clock, pid: number, program: FakeProgram, onEnd: (exitCode: number, oomKilled: boolean) => void) {
    this.#clock = clock;
    this.pid = pid;
    this.program = program;
    this.startedAt = clock.now();
    this.#onEnd = onEnd;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.#resolveEnded = ended.resolve;
    for (const line of program.output ?? []) this.write(line);
    if (program.endsAfterMs !== undefined) this.#endIn(program.endsAfterMs, program.exitCode ?? 0, program.oomKilled);
  }

  /** Adds a line to the log. */
  write(text: string): void {
    this.#lines.push({ at: this.#clock.now(), text: `${text}\n` });
    this.#awaken();
  }

  end(exitCode: number, oomKilled = false): void {
    if (!this.#running) return;
    this.#running = false;
    for (const timer of this.#timers) timer.cancel();
    this.#onEnd(exitCode, oomKilled);
    this.#resolveEnded();
    this.#awaken();
  }

  signal(name: string): void {
    const after = this.program.stopsAfterMs ?? 0;
    if (name === "SIGKILL" || name === "KILL") this.end(137);
    else if (after === 0) this.end(this.program.stoppedExitCode ?? 143);
    else if (Number.isFinite(after)) this.#endIn(after, this.program.stoppedExitCode ?? 143);
  }

  killIn(ms: number): void {
    this.#endIn(ms, 137);
  }

  async *logs(options: LogOptions, signal: AbortSignal): AsyncIterable<Buffer> {
    const since = this.#lines.filter((line) => line.at >= (options.since ?? 0)).length;
    let next = this.#lines.length - Math.min(since, options.tailLines ?? since);
    while (!signal.aborted) {
      for (; next < this.#lines.length; next++) yield render(this.#lines[next]!, options.timestamps);
      if (!options.follow || !this.#running) return;
      await Promise.race([this.#wake.promise, aborted(signal).catch(() => {})]);
    }
  }

  #endIn(ms: number, exitCode: number, oomKilled = false): void {
    this.#timers.push(this.#clock.schedule(ms, () => this.end(exitCode, oomKilled)));
  }

  #awaken(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}

function render(line: { at: number; text: string }, timestamps: boolean | undefined): Buffer {
  return Buffer.from(timestamps ? `${new Date(line.at).toISOString().replace("Z", "000000Z")} ${line.text}` : line.text);
}

/** Decides how a container behaves from its spec. */
export type FakeBehaviour = (spec: ContainerSpec) => FakeProgram;
