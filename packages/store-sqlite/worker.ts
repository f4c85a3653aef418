import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Compaction } from "./compaction.ts";
import { closeDatabase, openDatabase } from "./database.ts";
import { toWire } from "./errors.ts";
import type { Boot, Reply, Request, WriteCommand } from "./protocol.ts";
import { Reads } from "./reads.ts";
import { transferables } from "./transfer.ts";
import { Writes } from "./writes.ts";

/** One transaction takes no more writes than this, so that no writer waits for a very long one. */
const GROUP = 512;

/** The log is moved into the main file after about this many bytes. */
const CHECKPOINT_BYTES = 4 << 20;

/** The store's own thread: everything that touches the disk happens here, one thing after another. */
class StoreThread {
  readonly #port: MessagePort;
  readonly #path: string;
  readonly #db;
  readonly #reads: Reads;
  readonly #writes: Writes;
  readonly #compaction: Compaction;
  #sinceCheckpoint = 0;
  #compacting: { steps: Generator<void>; waiting: number[] } | undefined;

  constructor(port: MessagePort, boot: Boot) {
    this.#port = port;
    this.#path = boot.path;
    this.#db = openDatabase(boot);
    this.#compaction = new Compaction(this.#db);
    const bounds = () => ({ revision: this.#writes.revision, compacted: this.#compaction.compacted });
    this.#reads = new Reads(this.#db, bounds);
    const newest = this.#db.prepare("SELECT max(revision) FROM log").pluck().get() as number | null;
    // Every change above the horizon is in the log; below it, the newest may have been a delete that is forgotten.
    this.#writes = new Writes(this.#db, this.#reads, Math.max(newest ?? 0, this.#compaction.compacted), boot.path);
  }

  start(): void {
    this.#post({ kind: "opened", revision: this.#writes.revision, compacted: this.#compaction.compacted });
    this.#port.on("message", (first: Request) => this.#drain(first));
    if (this.#compaction.unfinished) this.#compact([]);
  }

  /** Takes everything that has arrived: all writes share a transaction, and the questions come after them. */
  #drain(first: Request): void {
    const requests: Request[] = [first];
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port)) requests.push(next.message);
    const writes = requests.flatMap((request) => (request.kind === "writes" ? request.writes : []));
    for (let from = 0; from < writes.length; from += GROUP) this.#write(writes.slice(from, from + GROUP));
    for (const request of requests) if (request.kind !== "writes") this.#answer(request);
    this.#checkpointWhenDue();
  }

  #write(writes: WriteCommand[]): void {
    const outcomes = this.#writes.apply(writes);
    for (const write of writes) this.#sinceCheckpoint += 8192 + ("value" in write ? write.value.length : 0);
    this.#post({ kind: "written", outcomes, revision: this.#writes.revision });
  }

  #answer(request: Exclude<Request, { kind: "writes" }>): void {
    try {
      if (request.kind === "compact") {
        this.#compaction.begin(request.ask.through, this.#writes.revision);
        this.#compact([request.id]);
      } else {
        this.#post({ kind: "answer", id: request.id, answer: this.#find(request) });
      }
    } catch (error) {
      this.#fail(request.id, error);
    }
  }

  #find(request: Exclude<Request, { kind: "writes" | "compact" }>): unknown {
    switch (request.kind) {
      case "get":
        return this.#reads.get(request.ask.key, request.ask.at);
      case "list":
        return this.#reads.list(request.ask.prefix, request.ask.options);
      case "history":
        return this.#reads.history(request.ask.prefix, request.ask.after);
      case "close":
        return this.#close();
    }
  }

  #compact(waiting: number[]): void {
    if (this.#compacting) {
      this.#compacting.waiting.push(...waiting);
      return;
    }
    this.#compacting = { steps: this.#compaction.steps(), waiting };
    this.#continueCompaction();
  }

  #continueCompaction(): void {
    const running = this.#compacting;
    if (!running) return;
    try {
      if (!running.steps.next().done) {
        setImmediate(() => this.#continueCompaction());
        return;
      }
      this.#checkpoint();
      for (const id of running.waiting) this.#post({ kind: "answer", id, answer: this.#compaction.compacted });
    } catch (error) {
      for (const id of running.waiting) this.#fail(id, error);
    }
    this.#compacting = undefined;
  }

  #checkpointWhenDue(): void {
    if (this.#sinceCheckpoint >= CHECKPOINT_BYTES) this.#checkpoint();
  }

  /** A checkpoint that fails leaves everything in the log, and is tried again with the next one. */
  #checkpoint(): void {
    this.#sinceCheckpoint = 0;
    try {
      this.#db.pragma("wal_checkpoint(PASSIVE)");
    } catch {}
  }

  #close(): void {
    this.#compacting = undefined;
    closeDatabase(this.#db, this.#path);
  }

  #fail(id: number, error: unknown): void {
    this.#post({ kind: "failed", id, error: toWire(error, this.#path) });
  }

  #post(reply: Reply): void {
    this.#port.postMessage(reply, transferables(reply));
  }
}

if (!parentPort) throw new Error("worker.ts is the store's thread and is started by openSqliteStore");
const boot = workerData as Boot;
try {
  new StoreThread(parentPort, boot).start();
} catch (error) {
  parentPort.postMessage({ kind: "refused", error: toWire(error, boot.path) } satisfies Reply);
}
