import { readFile } from "node:fs/promises";
import { parseResolvConf, type ResolverConfig } from "./resolv-conf.ts";

const FILES = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/** The node's own resolver. A stub that only listens on the node's loopback is of no use in a pod: then what stands behind it. */
export async function hostResolver(files: readonly string[] = FILES): Promise<ResolverConfig> {
  let best: ResolverConfig = { nameservers: [], searches: [], options: [] };
  for (const file of files) {
    const config = parseResolvConf(await readFile(file, "utf8").catch(() => ""));
    const reachable = config.nameservers.filter((address) => !address.startsWith("127.") && address !== "::1");
    if (reachable.length) return { ...config, nameservers: reachable };
    if (config.nameservers.length) best = config;
  }
  return best;
}
