import { type ChildProcess, spawn } from "node:child_process";
import { eventually } from "./eventually.ts";

/** A program that runs on while a test looks at what it prints so far. Disposing of it ends it. */
export class Background implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #output = "";

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code) => resolve(code ?? -1));
    });
    // Whoever awaits the end gets the error; nobody has to.
    this.#ended.catch(() => {});
  }

  /** Everything it has printed, on both streams. */
  get output(): string {
    return this.#output;
  }

  get lines(): string[] {
    return this.#output.split("\n").filter(Boolean);
  }

  /** Waits until it has printed this. */
  async until(pattern: RegExp): Promise<void> {
    await eventually(() => {
      if (!pattern.test(this.#output)) throw new Error(`${pattern} is not in what it printed:\n${this.#output}`);
      return true;
    });
  }

  /** Waits for it to end by itself; gives its exit code. */
  ended(): Promise<number> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#ended.catch(() => {});
  }
}
