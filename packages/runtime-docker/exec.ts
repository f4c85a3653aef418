import type { Duplex, Readable } from "node:stream";
import { Backoff, type Clock } from "@wherry/base";
import { type ExecSession, TimeoutError } from "@wherry/runtime";
import type { ExecInspectInfo } from "dockerode";
import type { EngineClient } from "./engine/client.ts";
import { hasStatus } from "./engine/engine-error.ts";
import { splitOutputs } from "./outputs.ts";

/** How much of a command's output `execSync` keeps. */
const MAX_OUTPUT = 64 * 1024;

const EXIT_POLL = { initial: 2, max: 500 };
/** About ten seconds. */
const KILL_TRIES = 28;

/** What to run. */
export interface ExecOptions {
  command: readonly string[];
  stdin?: boolean;
  tty?: boolean;
}

/** Runs commands in running containers. */
export class Execs {
  readonly #engine: EngineClient;
  readonly #clock: Clock;

  constructor(engine: EngineClient, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  async open(container: string, options: ExecOptions): Promise<ExecSession> {
    const id = await this.#create(container, options);
    const socket = await this.#start(id, options.tty ?? false);
    const outputs = splitOutputs(socket, options.tty ?? false);
    const exit = outputs.ended.then(() => this.#exitCode(id));
    exit.catch(() => {});
    return {
      stdin: options.stdin ? socket : undefined,
      stdout: outputs.stdout,
      stderr: outputs.stderr,
      exit,
      resize: (columns, rows) => this.#resize(id, columns, rows),
      close: () => {
        socket.destroy();
        this.#kill(id, "SIGHUP").catch(() => {});
      },
    };
  }

  async run(container: string, command: readonly string[], timeoutMs: number): Promise<{ exitCode: number; output: string }> {
    const id = await this.#create(container, { command });
    const socket = await this.#start(id, false);
    const { stdout, stderr, ended } = splitOutputs(socket, false);
    const output = collect([stdout, stderr!]);
    const late = Promise.withResolvers<void>();
    const timer = this.#clock.schedule(timeoutMs, () => {
      late.reject(new TimeoutError(`command ${JSON.stringify(command)} timed out after ${timeoutMs / 1000}s`));
    });
    try {
      await Promise.race([ended, late.promise]);
      return { exitCode: await this.#exitCode(id), output: output() };
    } catch (error) {
      if (error instanceof TimeoutError) await this.#kill(id, "SIGKILL");
      socket.destroy();
      throw error;
    } finally {
      timer.cancel();
    }
  }

  async #create(container: string, options: ExecOptions): Promise<string> {
    const config = {
      Cmd: [...options.command],
      AttachStdin: options.stdin ?? false,
      AttachStdout: true,
      AttachStderr: !options.tty,
      Tty: options.tty ?? false,
    };
    return (await this.#engine.call((docker) => docker.getContainer(container).exec(config))).id;
  }

  /** The connection itself, for both directions. */
  #start(id: string, tty: boolean): Promise<Duplex> {
    return this.#engine.call((docker) => docker.getExec(id).start({ hijack: true, Detach: false, Tty: tty }), { blocking: true });
  }

  /** The streams may end a moment before the process, and the engine has no call that waits for an exec. */
  async #exitCode(id: string): Promise<number> {
    const backoff = new Backoff(EXIT_POLL);
    while (true) {
      const { Running: running, ExitCode: code } = await this.#state(id);
      if (!running) return code ?? 0;
      await this.#clock.sleep(backoff.next());
    }
  }

  #state(id: string): Promise<ExecInspectInfo> {
    return this.#engine.call((docker) => docker.getExec(id).inspect());
  }

  async #resize(id: string, columns: number, rows: number): Promise<void> {
    try {
      await this.#engine.call((docker) => docker.getExec(id).resize({ w: columns, h: rows }));
    } catch (error) {
      // The process has ended, or has not begun.
      if (!hasStatus(error, 404, 409, 500)) throw error;
    }
  }

  /** The engine cannot signal an exec; but its process leads a session on this very host. A process that is on its way is waited for. */
  async #kill(id: string, signal: NodeJS.Signals): Promise<void> {
    const backoff = new Backoff(EXIT_POLL);
    while (backoff.failures < KILL_TRIES) {
      const { Running: running, ExitCode: code, Pid: pid } = await this.#state(id);
      if (running && pid > 1) return hangUp(pid, signal);
      if (!running && code !== null) return;
      await this.#clock.sleep(backoff.next());
    }
  }
}

function hangUp(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended in between.
  }
}

/** Keeps the first bytes of several streams, and reads on to the end. */
function collect(streams: readonly Readable[]): () => string {
  const parts: Buffer[] = [];
  let size = 0;
  for (const stream of streams)
    stream.on("data", (part: Buffer) => {
      if (size < MAX_OUTPUT) parts.push(part.subarray(0, MAX_OUTPUT - size));
      size += part.length;
    });
  return () => Buffer.concat(parts).toString("utf8");
}
