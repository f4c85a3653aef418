import type { ContainerStats } from "dockerode";
import { type EngineClient, hasStatus } from "./engine/client.ts";

/** What a container uses; undefined when it does not run. */
export async function readStats(
  engine: EngineClient,
  id: string,
): Promise<{ cpuNanos: number; memoryBytes: number; workingSetBytes: number } | undefined> {
  try {
    const query = { stream: 0, "one-shot": 1 };
    const { cpu_stats: cpu, memory_stats: memory } = await engine.json<ContainerStats>({
      method: "GET",
      path: `/containers/${id}/stats`,
      query,
    });
    const usage = memory?.usage;
    if (usage === undefined) return undefined;
    // What can be dropped at once is not in use. The names are those of cgroup v2 and v1.
    const counters: Readonly<Record<string, number | undefined>> = { ...memory.stats };
    const inactive = counters.inactive_file ?? counters.total_inactive_file ?? 0;
    return { cpuNanos: cpu.cpu_usage.total_usage, memoryBytes: usage, workingSetBytes: Math.max(0, usage - inactive) };
  } catch (error) {
    if (hasStatus(error, 404, 409)) return undefined;
    throw error;
  }
}
