import { run } from "./cluster.ts";

/**
 * Everything on the host that a cluster could leave behind, as text that compares. Containers and mounts are those of the named clusters: the engine may serve
 * others at the same time.
 */
export async function hostSnapshot(clusters: readonly string[]): Promise<Record<string, string>> {
  const ours = (line: string) => clusters.some((name) => line.includes(name));
  const [links, routes, rules, tables, chains, containers, networks, mounts] = await Promise.all([
    names("ip", ["-j", "link"], "ifname"),
    text("ip", ["-4", "route", "show", "table", "all"]),
    text("ip", ["rule"]),
    text("nft", ["list", "tables"]),
    text("iptables-save", []),
    text("docker", ["ps", "--all", "--format", "{{.Names}}"], ours),
    text("docker", ["network", "ls", "--format", "{{.Name}}"]),
    text("cat", ["/proc/self/mounts"], ours),
  ]);
  return { links, routes, rules, tables, chains, containers, networks, mounts };
}

async function text(command: string, args: string[], keep: (line: string) => boolean = () => true): Promise<string> {
  const { stdout } = await run(command, args);
  const lines = stdout.split("\n").filter((line) => line && !line.startsWith("#") && keep(line));
  // Counters change by themselves.
  return lines
    .map((line) => line.replace(/\[\d+:\d+\]/, ""))
    .toSorted()
    .join("\n");
}

async function names(command: string, args: string[], field: string): Promise<string> {
  const { stdout } = await run(command, args);
  return (JSON.parse(stdout) as Record<string, string>[]).map((entry) => entry[field]).join("\n");
}
