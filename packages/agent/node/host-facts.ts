import { readFile, statfs } from "node:fs/promises";

/** What the host itself says, as the node's conditions need it. Bytes. */
export interface HostFacts {
  memoryAvailable: number;
  diskBytes: number;
  diskAvailable: number;
  /** Of 1: how many of the disk's files are still free. */
  inodesFree: number;
  /** Process ids in use, and how many there can be. */
  processes: number;
  maxProcesses: number;
}

/** Reads them; `directory` is on the disk that matters. What cannot be read counts as plenty. */
export async function readHostFacts(directory: string): Promise<HostFacts> {
  const [meminfo, loadavg, pidMax, disk] = await Promise.all([
    readFile("/proc/meminfo", "utf8").catch(() => ""),
    readFile("/proc/loadavg", "utf8").catch(() => ""),
    readFile("/proc/sys/kernel/pid_max", "utf8").catch(() => ""),
    statfs(directory).catch(() => undefined),
  ]);
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1];
  return {
    memoryAvailable: available ? Number(available) * 1024 : Number.MAX_SAFE_INTEGER,
    diskBytes: disk ? disk.blocks * disk.bsize : 0,
    diskAvailable: disk ? disk.bavail * disk.bsize : Number.MAX_SAFE_INTEGER,
    inodesFree: disk?.files ? disk.ffree / disk.files : 1,
    processes: Number(/\/(\d+) /.exec(loadavg)?.[1] ?? 0),
    maxProcesses: Number(pidMax.trim()) || Number.MAX_SAFE_INTEGER,
  };
}
