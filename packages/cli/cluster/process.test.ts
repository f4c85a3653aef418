import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@wherry/base";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { UsageError } from "../errors.ts";
import { exclusively, logPath, runningPid, startProcess, stopProcess } from "./process.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "cluster-process-"));
  mkdirSync(join(dir, "run"));
  return async () => {
    await stopProcess(dir, "server");
    rmSync(dir, { recursive: true });
  };
});

/** The command line of a program that does this. */
function program(text: string): string[] {
  const path = join(dir, "program.mjs");
  writeFileSync(path, `import { writeSync } from "node:fs";\nconst ready = Number(process.env.WHERRY_READY_FD);\n${text}\n`);
  return [process.execPath, path];
}

const SERVE = 'writeSync(ready, JSON.stringify({ ready: true }) + "\\n"); setInterval(() => {}, 1e6);';
const record = () => join(dir, "run", "server.json");
const write = (content: unknown) => writeFileSync(record(), JSON.stringify(content));
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );

describe("startProcess", () => {
  it("returns when the program is ready, and leaves it running with its output in the log", async () => {
    const words = 'console.log(process.argv.slice(2).join(" "), process.cwd()); console.error("and errors");';
    await startProcess(dir, "server", program(`${words}${SERVE}`), ["--flag", "x"]);
    const pid = runningPid(dir, "server");
    expect(() => process.kill(pid ?? 0, 0)).not.toThrow();
    expect(readFileSync(logPath(dir, "server"), "utf8")).toBe("server --flag x /\nand errors\n");
    expect(runningPid(dir, "agent")).toBeUndefined();
  });

  it("throws what the program says is wrong, and ends it", async () => {
    const says = 'writeSync(ready, JSON.stringify({ error: "port 1 is taken" }) + "\\n"); setInterval(() => {}, 1e6);';
    expect(await failure(startProcess(dir, "server", program(says), []))).toEqual(new UsageError("port 1 is taken"));
    expect(readdirSync(join(dir, "run"))).toEqual([]);
  });

  it("shows the end of the log when the program dies without a word", async () => {
    writeFileSync(logPath(dir, "server"), "of an earlier run\n");
    const dies = 'for (let n = 1; n <= 7; n++) console.log("line " + n); process.exit(3);';
    const wanted = `the server ended before it was ready; the end of ${logPath(dir, "server")}:\nline 3\nline 4\nline 5\nline 6\nline 7`;
    expect(await failure(startProcess(dir, "server", program(dies), []))).toEqual(new UsageError(wanted));
    expect(existsSync(record())).toBe(false);
  });

  it("says so when it logged nothing, the earlier runs aside", async () => {
    writeFileSync(logPath(dir, "server"), "of an earlier run\n");
    const error = await failure(startProcess(dir, "server", program("process.exit(0);"), []));
    expect(error.message).toMatch(/server\.log:\n\(it logged nothing\)$/);
  });

  it("says so when the program said something else than JSON, and ends it", async () => {
    const says = 'console.log("odd"); writeSync(ready, "hello\\n"); setInterval(() => {}, 1e6);';
    const error = await failure(startProcess(dir, "server", program(says), []));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(/^the server ended before it was ready; the end of .*:\nodd$/);
    expect(existsSync(record())).toBe(false);
  });

  it("says so when there is no such program", async () => {
    const missing = join(dir, "missing");
    expect(await failure(startProcess(dir, "server", [missing], []))).toEqual(
      new UsageError(`the server could not be started: spawn ${missing} ENOENT`),
    );
    expect(existsSync(record())).toBe(false);
  });
});

describe("stopProcess", () => {
  it("ends the process in order and forgets it", async () => {
    await startProcess(dir, "server", program(`process.on("SIGTERM", () => { console.log("bye"); process.exit(0); });${SERVE}`), []);
    const pid = runningPid(dir, "server");
    await stopProcess(dir, "server");
    expect(readFileSync(logPath(dir, "server"), "utf8")).toBe("bye\n");
    expect(pid).toBeGreaterThan(0);
    expect([runningPid(dir, "server"), existsSync(record())]).toEqual([undefined, false]);
  });

  it("kills one that does not listen, after ten seconds and no sooner", async () => {
    await startProcess(dir, "server", program(`process.on("SIGTERM", () => {});${SERVE}`), []);
    const pid = runningPid(dir, "server");
    const kept = readFileSync(record());
    const clock = new FakeClock();
    let stopped = false;
    const stopping = stopProcess(dir, "server", clock).then(() => {
      stopped = true;
    });
    await clock.advance(10_000);
    expect([stopped, runningPid(dir, "server")]).toEqual([false, pid]);
    while (!stopped) await clock.advance(10);
    await stopping;
    expect(existsSync(record())).toBe(false);
    writeFileSync(record(), kept);
    expect(runningPid(dir, "server")).toBeUndefined();
  });

  it("does nothing when none runs", async () => {
    await stopProcess(dir, "server");
    write({ pid: 1, started: "another time" });
    await stopProcess(dir, "server");
    expect(existsSync(record())).toBe(false);
  });
});

describe("runningPid", () => {
  /** A process and the time it started, as the kernel tells it. */
  async function sleeper(): Promise<{ child: ChildProcess; pid: number; started: string }> {
    const child = spawn("sleep", ["1000"]);
    await once(child, "spawn");
    onTestFinished(() => void child.kill());
    const pid = child.pid ?? 0;
    const started = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19] ?? "";
    return { child, pid, started };
  }

  it("is that of the recorded process while it lives", async () => {
    const { child, pid, started } = await sleeper();
    write({ pid, started });
    expect(runningPid(dir, "server")).toBe(pid);
    child.kill();
    await once(child, "exit");
    expect(runningPid(dir, "server")).toBeUndefined();
  });

  it("is not that of a later process with the same pid", async () => {
    const { pid, started } = await sleeper();
    write({ pid, started: String(Number(started) - 1) });
    expect(runningPid(dir, "server")).toBeUndefined();
    await stopProcess(dir, "server");
    expect(() => process.kill(pid, 0)).not.toThrow();
  });

  it("is undefined when the process ended before its start was recorded", async () => {
    const { child, pid } = await sleeper();
    write({ pid });
    expect(runningPid(dir, "server")).toBeUndefined();
    child.kill();
    await once(child, "exit");
    expect(runningPid(dir, "server")).toBeUndefined();
  });

  it.each(["", "{", "null", "[]"])("is undefined when the record is damaged: %j", (text) => {
    writeFileSync(record(), text);
    expect(runningPid(dir, "server")).toBeUndefined();
  });
});

describe("exclusively", () => {
  const lock = () => join(dir, "run", "lock");

  it("gives what the work gives, and leaves no lock", async () => {
    expect(await exclusively(dir, async () => existsSync(lock()))).toBe(true);
    expect(readdirSync(join(dir, "run"))).toEqual([]);
  });

  it("leaves no lock when the work fails", async () => {
    expect(await failure(exclusively(dir, () => Promise.reject(new Error("no"))))).toEqual(new Error("no"));
    expect(readdirSync(join(dir, "run"))).toEqual([]);
  });

  it("refuses a data directory that is a file, or that cannot be", async () => {
    const file = join(dir, "file");
    writeFileSync(file, "");
    const wanted = new UsageError(`${file} is not a folder: name one with --data-dir`);
    expect(await failure(exclusively(file, async () => expect.unreachable()))).toEqual(wanted);
    const nowhere = await failure(exclusively("/proc/nope", async () => expect.unreachable()));
    expect(nowhere.message).toMatch(/^the folder \/proc\/nope cannot be made/);
  });

  it("lets one of many through at a time, whatever lock an earlier one left", async () => {
    writeFileSync(lock(), JSON.stringify({ pid: 2 ** 30, started: "1" }));
    let inside = 0;
    const most: number[] = [];
    const work = async () => {
      most.push(++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => exclusively(dir, work)));
    expect(most.length).toBeGreaterThan(0);
    expect(most.every((count) => count === 1)).toBe(true);
    expect(all.filter((one) => one.status === "fulfilled")).toHaveLength(most.length);
  });

  it("refuses a second one by the pid of the first, which goes on", async () => {
    await exclusively(dir, async () => {
      expect(await failure(exclusively(dir, async () => expect.unreachable()))).toEqual(
        new UsageError(`another wherry (pid ${process.pid}) is working on ${dir}: wait until it has finished`),
      );
      expect(readdirSync(join(dir, "run"))).toEqual(["lock"]);
    });
  });

  it.each(["", "{", "null", JSON.stringify({ pid: process.pid, started: "1" }), JSON.stringify({ pid: 2 ** 30, started: "1" })])(
    "takes over the lock of one that has ended: %j",
    async (text) => {
      writeFileSync(lock(), text);
      expect(await exclusively(dir, async () => JSON.parse(readFileSync(lock(), "utf8")).pid)).toBe(process.pid);
      expect(readdirSync(join(dir, "run"))).toEqual([]);
    },
  );
});
