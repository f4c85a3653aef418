import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/** Clock ticks per second of /proc/PID/stat. */
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Milliseconds of processor time that the process has used, with all its threads. Source: proc(5), fields 14 and 15 of /proc/PID/stat. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1000;
}

/** The process' memory in MB (10^6 bytes): what it has resident, and its share where pages are shared. Source: proc(5), /proc/PID/smaps_rollup. */
export function memory(pid: number): { rss: number; pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const of = (field: string) => (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1024) / 1e6;
  return { rss: of("Rss"), pss: of("Pss") };
}

const PAGE = Number(execFileSync("getconf", ["PAGESIZE"], { encoding: "utf8" }));
/** An entry of /proc/PID/pagemap: 64 bits, the highest says whether the page is in memory, the low 55 which frame it is. Source: kernel, pagemap. */
const ENTRY = 8;
const PRESENT = 1n << 63n;
const FRAME = (1n << 55n) - 1n;

/** What the processes have in memory together, in MB: a page that several of them share is counted once. Only root may see which pages those are. */
export function memoryTogether(pids: readonly number[]): number {
  const frames = new Set<bigint>();
  for (const pid of pids) {
    const pagemap = openSync(`/proc/${pid}/pagemap`, "r");
    try {
      for (const { start, end } of mappings(pid)) addFrames(pagemap, start, end, frames);
    } finally {
      closeSync(pagemap);
    }
  }
  return (frames.size * PAGE) / 1e6;
}

/** The address ranges that the process may touch. */
function mappings(pid: number): { start: number; end: number }[] {
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").trim().split("\n");
  return lines.flatMap((line) => {
    const [, from = "", to = "", access] = /^(\w+)-(\w+) (....)/.exec(line) ?? [];
    const range = { start: Number.parseInt(from, 16), end: Number.parseInt(to, 16) };
    // The last page of the address space belongs to the kernel.
    return access === "---p" || range.end > Number.MAX_SAFE_INTEGER ? [] : [range];
  });
}

function addFrames(pagemap: number, start: number, end: number, frames: Set<bigint>): void {
  const buffer = Buffer.alloc(((end - start) / PAGE) * ENTRY);
  const length = readSync(pagemap, buffer, 0, buffer.length, (start / PAGE) * ENTRY);
  for (let at = 0; at < length; at += ENTRY) {
    const entry = buffer.readBigUInt64LE(at);
    if (entry & PRESENT) frames.add(entry & FRAME);
  }
}
