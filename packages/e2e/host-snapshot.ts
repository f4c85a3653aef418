import { run } from "./cluster.ts";

/** Everything on the host that a cluster could leave behind, as text that compares. */
export async function hostSnapshot(): Promise<Record<string, string>> {
  const [links, routes, rules, tables, chains, containers, networks, mounts] = await Promise.all([
    names("ip", ["-j", "link"], "ifname"),
    text("ip", ["-4", "route", "show", "table", "all"]),
    text("ip", ["rule"]),
    text("nft", ["list", "tables"]),
    text("iptables-save", []),
    text("docker", ["ps", "--all", "--format", "{{.Names}}"]),
    text("docker", ["network", "ls", "--format", "{{.Name}}"]),
    text("cat", ["/proc/self/mounts"]),
  ]);
  return { links, routes, rules, tables, chains, containers, networks, mounts };
}

async function text(command: string, args: string[]): Promise<string> {
  const { stdout } = await run(command, args);
  const lines = stdout.split("\n").filter((line) => line && !line.startsWith("#"));
  // Counters and temporary overlays of others change by themselves.
  return lines
    .map((line) => line.replace(/\[\d+:\d+\]/, ""))
    .toSorted()
    .join("\n");
}

async function names(command: string, args: string[], field: string): Promise<string> {
  const { stdout } = await run(command, args);
  return (JSON.parse(stdout) as Record<string, string>[]).map((entry) => entry[field]).join("\n");
}
