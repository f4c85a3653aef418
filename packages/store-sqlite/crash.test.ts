import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import type { Found, Line } from "./crash-writer.ts";

const CRASHES = 200;
const LINES = 120;

/** A writer process that has loaded its code and waits for the word to open the store. */
class Writer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #exited;

  constructor(path: string, cache: string) {
    const env = { ...process.env, NODE_COMPILE_CACHE: cache };
    this.#child = spawn(process.execPath, [join(import.meta.dirname, "crash-writer.ts"), path], {
      stdio: ["pipe", "pipe", "inherit"],
      env,
    });
    this.#exited = once(this.#child, "exit");
  }

  /** Lets it run until it has said `lines` lines, kills it, and gives all that it said until it was dead. */
  async run(lines: number): Promise<Line[]> {
    const said = await this.#talk("write", (count) => count === lines && this.#child.kill("SIGKILL"));
    expect((await this.#exited)[1]).toBe("SIGKILL");
    return said;
  }

  /** What it finds; it ends by itself. */
  async look(): Promise<Line[]> {
    const said = await this.#talk("look", () => {});
    expect((await this.#exited)[0]).toBe(0);
    return said;
  }

  async #talk(word: string, onLine: (count: number) => void): Promise<Line[]> {
    const said: Line[] = [];
    this.#child.stdin.write(`${word}\n`);
    for await (const text of createInterface({ input: this.#child.stdout })) onLine(said.push(JSON.parse(text) as Line));
    return said;
  }
}

/** Everything that is known to have been written, by revision, from what all the processes said. */
class Truth {
  readonly #writes = new Map<number, Found>();
  /** The newest revision that someone was told of. */
  #told = 0;

  hear(line: Line): void {
    if ("watched" in line) this.#told = Math.max(this.#told, line.watched);
    if ("acked" in line) this.#learn(line.acked);
    if ("found" in line) this.#check(line.found);
  }

  get revision(): number {
    return this.#told;
  }

  #learn(write: Found): void {
    expect(this.#writes.get(write.revision) ?? write).toEqual(write);
    this.#writes.set(write.revision, write);
    this.#told = Math.max(this.#told, write.revision);
  }

  /** What a new process found must hold all that the former ones told, and nothing that is damaged. */
  #check({ revision, live, history }: { revision: number; live: Found[]; history: Found[] }): void {
    expect(revision).toBeGreaterThanOrEqual(this.#told);
    expect([...live, ...history].filter(({ round }) => round === "damaged")).toEqual([]);
    expect(history.map((event) => event.revision)).toEqual(
      Array.from({ length: history.length }, (_, i) => revision - history.length + 1 + i),
    );
    for (const event of history) this.#learn(event);
    expect(live.toSorted(byKey)).toEqual(this.#expected(revision).toSorted(byKey));
  }

  #expected(revision: number): Found[] {
    const state = new Map<string, Found>();
    for (let r = 1; r <= revision; r++) {
      const write = this.#writes.get(r);
      if (!write) throw new Error(`revision ${r} is in no history and was acknowledged to nobody`);
      if (write.round === "gone") state.delete(write.key);
      else state.set(write.key, write);
    }
    return [...state.values()];
  }
}

const byKey = (a: Found, b: Found) => (a.key < b.key ? -1 : 1);

/** Kills one writer after another on the same file, each at another moment: while it opens, after its first write, in the middle of many. */
async function crashMany(path: string, cache: string, times: number): Promise<Truth> {
  const truth = new Truth();
  let next = new Writer(path, cache);
  for (let i = 0; i < times; i++) {
    const writer = next;
    next = new Writer(path, cache);
    for (const line of await writer.run(1 + ((i * 37) % LINES))) truth.hear(line);
  }
  for (const line of await next.look()) truth.hear(line);
  return truth;
}

test(`${CRASHES} kills in the middle of writes lose no acknowledged write and leave no half one`, async () => {
  const dir = await mkdtemp(join(tmpdir(), "wherry-crash-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const files = [join(dir, "a.db"), join(dir, "b.db")];
  const cache = join(dir, "cache");
  await new Writer(join(dir, "warm.db"), cache).look();
  const truths = await Promise.all(files.map((path) => crashMany(path, cache, CRASHES / files.length)));
  for (const truth of truths) expect(truth.revision).toBeGreaterThan(CRASHES);
}, 180_000);
