import { readFile } from "node:fs/promises";
import { join } from "node:path";

const ROOT = "/sys/fs/cgroup";

/** What a process's control group uses. */
export interface Usage {
  cpuNanos: number;
  memoryBytes: number;
  /** Without what could be dropped at once: file pages that were not used lately. */
  workingSetBytes: number;
}

/**
 * Reads the control group of a container's process; undefined when the process has ended. Straight from the kernel: Docker 20.10 gives no figures for a
 * container that joins a sandbox without a Docker network, and takes milliseconds for those that it gives.
 */
export async function readUsage(pid: number): Promise<Usage | undefined> {
  try {
    const groups = await readFile(`/proc/${pid}/cgroup`, "utf8");
    const [memory, cpu] = [versionOneFolder(groups, "memory"), versionOneFolder(groups, "cpuacct")];
    return memory && cpu ? await versionOne(memory, cpu) : await versionTwo(join(ROOT, /^0::(.*)$/m.exec(groups)?.[1] ?? "/"));
  } catch {
    return undefined;
  }
}

async function versionOne(memory: string, cpu: string): Promise<Usage> {
  const [usage, stat, nanos] = await Promise.all(
    [join(memory, "memory.usage_in_bytes"), join(memory, "memory.stat"), join(cpu, "cpuacct.usage")].map((path) => readFile(path, "utf8")),
  );
  return usageOf(Number(nanos), Number(usage), field(stat, "total_inactive_file"));
}

async function versionTwo(folder: string): Promise<Usage> {
  const [usage, stat, cpu] = await Promise.all(
    ["memory.current", "memory.stat", "cpu.stat"].map((name) => readFile(join(folder, name), "utf8")),
  );
  return usageOf(field(cpu, "usage_usec") * 1000, Number(usage), field(stat, "inactive_file"));
}

function usageOf(cpuNanos: number, memoryBytes: number, inactive: number): Usage {
  return { cpuNanos, memoryBytes, workingSetBytes: Math.max(0, memoryBytes - inactive) };
}

/** In version 1 a controller's hierarchy is mounted under the names of all that share it: `4:cpu,cpuacct:/docker/...`. */
function versionOneFolder(groups: string, controller: string): string | undefined {
  for (const line of groups.split("\n")) {
    const [, controllers = "", path = ""] = line.split(":");
    if (controllers.split(",").includes(controller)) return join(ROOT, controllers, path);
  }
  return undefined;
}

function field(text: string | undefined, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text ?? "")?.[1] ?? 0);
}
