import { Worker } from "node:worker_threads";
import { type Deferred, deferred } from "@wherry/base/abort.ts";
import { StoreError } from "@wherry/store";
import { fromWire } from "./errors.ts";
import type { Boot, QuestionName, Questions, Reply, Request, WriteCommand, WriteOutcome } from "./protocol.ts";
import { packValues } from "./transfer.ts";

/** The thread's program: beside this file, or under this name in the bundle. */
const WORKER = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./store-sqlite-worker.js";

interface PendingWrite {
  command: WriteCommand;
  done: Deferred<WriteOutcome>;
}

/** A write and what became of it. */
export interface Written {
  readonly command: WriteCommand;
  readonly outcome: WriteOutcome;
}

/** Who hears of what the thread does. */
export interface ThreadListener {
  /** Every group of durable writes, in order, before their callers know. */
  written(group: Written[], revision: number): void;
  /** The thread is gone: nothing will come any more. */
  ended(): void;
}

/** The main thread's end of the store's thread: writes of one turn of the event loop travel together. */
export class Thread {
  readonly #worker: Worker;
  readonly #path: string;
  readonly #listener: ThreadListener;
  readonly #questions = new Map<number, Deferred<unknown>>();
  #unsent: PendingWrite[] = [];
  #sent: PendingWrite[] = [];
  #nextId = 1;
  #dead: Error | undefined;

  constructor(worker: Worker, path: string, listener: ThreadListener) {
    this.#worker = worker;
    this.#path = path;
    this.#listener = listener;
    worker.on("message", (reply: Reply) => this.#receive(reply));
    worker.on("error", (error) => this.#die(error));
    worker.on("exit", () => this.#die(new Error("it ended")));
  }

  /** Why the thread is gone; undefined while it works. */
  get failure(): Error | undefined {
    return this.#dead;
  }

  /** Resolves once the write is durable, or was refused. */
  write(command: WriteCommand): Promise<WriteOutcome> {
    if (this.#dead) return Promise.reject(this.#dead);
    if (this.#unsent.length === 0) setImmediate(() => this.#flush());
    const done = deferred<WriteOutcome>();
    this.#unsent.push({ command, done });
    return done.promise;
  }

  ask<N extends QuestionName>(kind: N, ask: Questions[N]["ask"]): Promise<Questions[N]["answer"]> {
    if (this.#dead) return Promise.reject(this.#dead);
    const answer = deferred<unknown>();
    const id = this.#nextId++;
    this.#questions.set(id, answer);
    // Keeps the order of the calls: a question never overtakes a write made before it.
    this.#flush();
    this.#worker.postMessage({ kind, id, ask } as Request);
    return answer.promise as Promise<Questions[N]["answer"]>;
  }

  /** Resolves when the thread has ended. */
  async end(): Promise<void> {
    if (!this.#dead) await this.ask("close", {});
    await this.#worker.terminate();
  }

  #flush(): void {
    if (this.#unsent.length === 0 || this.#dead) return;
    const batch = this.#unsent;
    this.#unsent = [];
    this.#sent = this.#sent.concat(batch);
    const { writes, buffer } = packValues(batch.map((pending) => pending.command));
    this.#worker.postMessage({ kind: "writes", writes } satisfies Request, [buffer]);
  }

  #receive(reply: Reply): void {
    if (reply.kind === "written") this.#settle(reply.outcomes, reply.revision);
    if (reply.kind === "answer" || reply.kind === "failed") this.#answer(reply);
  }

  #answer(reply: Extract<Reply, { kind: "answer" | "failed" }>): void {
    const question = this.#questions.get(reply.id);
    this.#questions.delete(reply.id);
    if (reply.kind === "answer") question?.resolve(reply.answer);
    else question?.reject(fromWire(reply.error));
  }

  #settle(outcomes: readonly WriteOutcome[], revision: number): void {
    const pending = this.#sent.slice(0, outcomes.length);
    this.#sent = this.#sent.slice(outcomes.length);
    this.#listener.written(
      pending.map(({ command }, i) => ({ command, outcome: outcomes[i] as WriteOutcome })),
      revision,
    );
    for (const [i, { done }] of pending.entries()) {
      const outcome = outcomes[i] as WriteOutcome;
      if (outcome.ok === "error") done.reject(fromWire(outcome.error));
      else done.resolve(outcome);
    }
  }

  #die(cause: Error): void {
    if (this.#dead) return;
    const message = `the thread of the store at ${this.#path} stopped, ${cause.message}: restart the server; what was acknowledged is safe`;
    const error = new StoreError("IO", message);
    this.#dead = error;
    for (const { done } of [...this.#sent, ...this.#unsent]) done.reject(error);
    for (const question of this.#questions.values()) question.reject(error);
    this.#questions.clear();
    this.#listener.ended();
  }
}

/** The thread's objects are few and short-lived: its share of the process' memory is kept small. */
const YOUNG_MB = 4;

/** Starts the store's thread. Rejects with StoreError when the data cannot be opened. */
export function startThread(boot: Boot): Promise<{ worker: Worker; revision: number; compacted: number }> {
  return new Promise((resolve, reject) => {
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB };
    const worker = new Worker(new URL(WORKER, import.meta.url), { workerData: boot, execArgv: [], resourceLimits });
    const failed = (cause: unknown) => reject(new StoreError("IO", `the thread of the store at ${boot.path} did not start, ${cause}`));
    worker.once("error", failed);
    worker.once("exit", failed);
    worker.once("message", (reply: Reply) => {
      worker.off("error", failed).off("exit", failed);
      if (reply.kind === "opened") return resolve({ worker, revision: reply.revision, compacted: reply.compacted });
      const error = reply.kind === "refused" ? fromWire(reply.error) : new StoreError("IO", `unexpected first message ${reply.kind}`);
      void worker.terminate().then(() => reject(error));
    });
  });
}
