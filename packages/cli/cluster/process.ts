import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, fstatSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Clock, READY_FD, type Readiness, systemClock } from "@wherry/base";
import { UsageError } from "../errors.ts";
import { isDiskFull, makeFolder } from "./folder.ts";
import { tryHostLock } from "./host-lock.ts";

/** The processes of a cluster on this host. */
export type Role = "server" | "agent";

/** A process, told apart from a later one that got the same pid by the time it started. */
interface ProcessRecord {
  pid: number;
  /** Clock ticks after boot. Source: proc(5), field 22 of /proc/PID/stat. */
  started: string;
}

const POLL_MS = 10;

/** Node would let the space for new objects grow to three times 16 MB, and a burst of work leaves it that large. */
const SMALL = ["--max-semi-space-size=2"];
/** The C library would give each of a dozen threads an arena of its own. */
const FEW_ARENAS = { MALLOC_ARENA_MAX: "2" };

/** The pid of the cluster's running process of this role, or undefined. */
export function runningPid(dataDir: string, role: Role): number | undefined {
  const path = recordPath(dataDir, role);
  if (!existsSync(path)) return undefined;
  try {
    const record: ProcessRecord = JSON.parse(readFileSync(path, "utf8"));
    return runs(record) ? record.pid : undefined;
  } catch {
    return undefined;
  }
}

/** A record without a start is of a process that ended before it could be told. */
const runs = ({ pid, started }: Partial<ProcessRecord>): boolean => !!pid && !!started && startTime(pid) === started;

/** Undefined when no such process runs; a zombie does not. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/**
 * Starts `wherry ROLE args` in the background, its output going to ROLE.log in the data directory, and resolves when it says that it is ready. When it fails, its own words
 * become the error; when it died without any, the last lines that it logged.
 */
export async function startProcess(dataDir: string, role: Role, program: readonly string[], args: readonly string[]): Promise<void> {
  makeFolder(join(dataDir, "run"), "--data-dir");
  const log = logPath(dataDir, role);
  const output = openSync(log, "a", 0o600);
  const before = fstatSync(output).size;
  const [node = "", ...script] = program;
  const child = spawn(node, [...SMALL, ...script, role, ...args], {
    detached: true,
    stdio: ["ignore", output, output, "pipe"],
    env: { ...FEW_ARENAS, ...process.env, [READY_FD]: "3" },
    cwd: "/",
  });
  closeSync(output);
  if (child.pid === undefined) {
    const [error] = (await once(child, "error")) as [Error];
    throw new UsageError(`the ${role} could not be started: ${error.message}`);
  }
  try {
    const record: Partial<ProcessRecord> = { pid: child.pid, started: startTime(child.pid) };
    writeFileSync(recordPath(dataDir, role), JSON.stringify(record));
  } catch (error) {
    // Without its record nobody would find it again.
    child.kill("SIGKILL");
    throw error;
  }
  const said = await firstLine(child.stdio[3] as Readable);
  child.stdio[3]?.destroy();
  child.unref();
  if (said && "ready" in said) return;
  await stopProcess(dataDir, role);
  throw new UsageError(said ? said.error : `the ${role} ended before it was ready; the end of ${log}:\n${lastLines(log, before, 5)}`);
}

async function firstLine(stream: Readable): Promise<Readiness | undefined> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    text += chunk;
    if (text.includes("\n")) return parseReadiness(text.slice(0, text.indexOf("\n")));
  }
  return undefined;
}

/** Undefined when a program says what no part of a cluster would. */
function parseReadiness(line: string): Readiness | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Of what follows the first `before` bytes. */
function lastLines(path: string, before: number, count: number): string {
  const lines = readFileSync(path).subarray(before).toString().trim().split("\n").slice(-count);
  return lines.join("\n") || "(it logged nothing)";
}

/** Asks the process to end and waits until it has; kills it after ten seconds. No error when none runs. */
export async function stopProcess(dataDir: string, role: Role, clock: Clock = systemClock): Promise<void> {
  const pid = runningPid(dataDir, role);
  const deadline = clock.now() + 10_000;
  if (pid !== undefined) send(pid, "SIGTERM");
  while (pid !== undefined && runningPid(dataDir, role) === pid) {
    if (clock.now() > deadline) send(pid, "SIGKILL");
    await clock.sleep(POLL_MS);
  }
  rmSync(recordPath(dataDir, role), { force: true });
}

/** No error when the process has just ended by itself. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Runs `work` while no other `up` or `down` works on the same data directory. */
export async function exclusively<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  makeFolder(join(dataDir, "run"), "--data-dir");
  const path = join(dataDir, "run", "lock");
  const { dev, ino } = statSync(join(dataDir, "run"));
  const lock = await tryHostLock(`data/${dev}/${ino}`);
  if (!lock) {
    const holder = lockHolder(path);
    throw new UsageError(
      `another wherry${runs(holder) ? ` (pid ${holder.pid})` : ""} is working on ${dataDir}: wait until it has finished`,
    );
  }
  try {
    tellHolder(path);
    return await work();
  } finally {
    rmSync(path, { force: true });
    await lock.release();
  }
}

/** Who holds the lock, for the others to read: a courtesy, which a full disk does not stop anybody for. */
function tellHolder(path: string): void {
  const holder: ProcessRecord = { pid: process.pid, started: startTime(process.pid) ?? "" };
  try {
    writeFileSync(path, JSON.stringify(holder));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

/** Empty when it says nothing that could be read. */
function lockHolder(path: string): Partial<ProcessRecord> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) ?? {};
  } catch {
    return {};
  }
}

const recordPath = (dataDir: string, role: Role) => join(dataDir, "run", `${role}.json`);

/** Where the process of this role writes its log. */
export const logPath = (dataDir: string, role: Role): string => join(dataDir, `${role}.log`);
