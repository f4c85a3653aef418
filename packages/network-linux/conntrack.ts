import type { Logger } from "@wherry/base";
import type { ServicePlan } from "@wherry/network";
import type { Host } from "./host.ts";

/** How many flows one call forgets at most: each is a process. */
const MOST = 200;

/**
 * Makes the kernel forget UDP flows to endpoints that went: they have no end of their own, and a client that keeps its port would be sent to the dead
 * endpoint for as long as it keeps asking. Needs the `conntrack` command; without it such a client has to pause for 30 seconds (120 for an answered flow).
 */
export async function flushStale(host: Host, plan: ServicePlan, log: Logger): Promise<void> {
  const stale = staleFlows(plan).slice(0, MOST);
  for (const args of stale) {
    const done = await host.try("conntrack", args).catch(() => undefined);
    if (!done) {
      log.debug("stale UDP flows are left to time out: install conntrack to have them forgotten at once");
      return;
    }
  }
}

/** Arguments of `conntrack`, for each UDP endpoint that went. */
export function staleFlows(plan: ServicePlan): string[][] {
  const kept = new Set(plan.add.map((e) => `${e.map} ${portOf(e.key)} ${e.value}`));
  const flows = new Map<string, string[]>();
  for (const { map, key, value } of plan.delete) {
    if ((map !== "endpoints" && map !== "port-endpoints") || !key.includes("udp . ")) continue;
    // It only moved to another slot.
    if (kept.has(`${map} ${portOf(key)} ${value}`)) continue;
    const parts = key.split(" . ");
    const endpoint = value.split(" . ")[0]!;
    const where = map === "endpoints" ? ["--orig-dst", parts[0]!, "--orig-port-dst", parts[2]!] : ["--orig-port-dst", parts[1]!];
    const args = ["-D", "-p", "udp", ...where, "--dst-nat", endpoint];
    flows.set(args.join(" "), args);
  }
  return [...flows.values()];
}

/** The key without its slot. */
function portOf(key: string): string {
  return key.slice(0, key.lastIndexOf(" . "));
}
