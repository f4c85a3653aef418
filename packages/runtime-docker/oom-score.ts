import { readFileSync } from "node:fs";

const CAP_SYS_RESOURCE = 1n << 24n;

/**
 * The lowest oom_score_adj that can be had here: lowering it below one's own takes CAP_SYS_RESOURCE, which some hosts keep from root, and there runc fails
 * with a message that says nothing. -1000 where it may be lowered.
 */
export function lowestOomScore(read: (path: string) => string = (path) => readFileSync(path, "utf8")): number {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(read("/proc/self/status"))?.[1] ?? "0";
  return BigInt(`0x${effective}`) & CAP_SYS_RESOURCE ? -1000 : Number(read("/proc/self/oom_score_adj"));
}
