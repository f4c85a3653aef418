import { MARK_BASE, type MapName, type ServicePlan, ServiceTable, type StickyEndpoint } from "@wherry/network";
import type { Host } from "./host.ts";

/** A plan as one nftables transaction. */
export function planRules(table: string, plan: ServicePlan): string {
  const lines = [
    ...plan.addSpreaders.flatMap((name) => spreader(table, name)),
    ...plan.addSticky.flatMap((endpoint) => sticky(table, endpoint)),
    // The chains must be there before elements can point to them.
    ...[...plan.rewrite].flatMap(([chain, members]) => affinity(table, chain, members)),
    ...elements(
      "delete",
      table,
      plan.delete.map((e) => [e.map, e.key] as const),
    ),
    ...elements(
      "add",
      table,
      plan.add.map((e) => [e.map, e.value ? `${e.key} : ${e.value}` : e.key] as const),
    ),
    ...plan.dropAffinity.map((chain) => `flush chain ip ${table} ${chain}`),
    ...plan.dropAffinity.map((chain) => `delete chain ip ${table} ${chain}`),
    ...plan.dropSticky.map((name) => `flush chain ip ${table} ${name}`),
    ...plan.dropSticky.map((name) => `delete chain ip ${table} ${name}`),
    ...plan.dropSticky.map((name) => `delete set ip ${table} ${clientsOf(name)}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** All elements of one map in one command: nft reads and sends them much faster than one by one. */
function elements(verb: "add" | "delete", table: string, list: readonly (readonly [MapName, string])[]): string[] {
  const byMap = Map.groupBy(list, ([map]) => map);
  return [...byMap].map(([map, pairs]) => `${verb} element ip ${table} ${map} { ${pairs.map(([, text]) => text).join(", ")} }`);
}

/** `n3`: choose one of three slots, then look the endpoint up. */
function spreader(table: string, name: string): string[] {
  const count = Number(name.slice(1));
  const choice = count === 1 ? String(MARK_BASE) : `numgen random mod ${count} offset ${MARK_BASE}`;
  return [
    `add chain ip ${table} ${name}`,
    `flush chain ip ${table} ${name}`,
    `add rule ip ${table} ${name} meta mark set ${choice} goto ${name.startsWith("n") ? "pick" : "pick-port"}`,
  ];
}

function sticky(table: string, { name, protocol, ip, port, seconds }: StickyEndpoint): string[] {
  return [
    `add set ip ${table} ${clientsOf(name)} { type ipv4_addr; flags dynamic, timeout; timeout ${seconds}s; }`,
    `add chain ip ${table} ${name}`,
    `flush chain ip ${table} ${name}`,
    `add rule ip ${table} ${name} update @${clientsOf(name)} { ip saddr } meta l4proto ${protocol} dnat to ${ip}:${port}`,
  ];
}

function affinity(table: string, chain: string, members: readonly string[]): string[] {
  const choices = members.map((name, i) => `${i} : goto ${name}`).join(", ");
  return [
    `add chain ip ${table} ${chain}`,
    `flush chain ip ${table} ${chain}`,
    ...members.map((name) => `add rule ip ${table} ${chain} ip saddr @${clientsOf(name)} goto ${name}`),
    `add rule ip ${table} ${chain} numgen random mod ${members.length} vmap { ${choices} }`,
  ];
}

function clientsOf(name: string): string {
  return name.replace(/^e-/, "c-");
}

interface NftJson {
  nftables: {
    map?: { name: string; elem?: [Concat | string, Concat | { goto: { target: string } }][] };
    set?: { name: string; elem?: (Concat | string)[] };
    chain?: { name: string };
    rule?: { chain: string; expr: { goto?: { target: string } }[] };
  }[];
}
interface Concat {
  concat: (string | number)[];
}

/** What the kernel has of the cluster's services; undefined when it has no table. */
export async function readServiceTable(host: Host, table: string): Promise<ServiceTable | undefined> {
  const { code, stdout } = await host.try("nft", ["-j", "list", "table", "ip", table]);
  return code === 0 ? parseServiceTable(JSON.parse(stdout) as NftJson) : undefined;
}

function parseServiceTable({ nftables }: NftJson): ServiceTable {
  const table = new ServiceTable();
  for (const { map, set, chain, rule } of nftables) {
    const known = map && table.maps[map.name as MapName];
    if (known) for (const [key, value] of map.elem ?? []) known.set(text(key), text(value));
    const knownSet = set && table.maps[set.name as MapName];
    if (knownSet) for (const key of set.elem ?? []) knownSet.set(text(key), "");
    if (chain && /^[nm]\d+$/.test(chain.name)) table.spreaders.add(chain.name);
    if (chain?.name.startsWith("a-")) table.affinity.set(chain.name, []);
    const target = rule?.expr.at(-1)?.goto?.target;
    if (rule?.chain.startsWith("a-") && target) table.affinity.set(rule.chain, [...(table.affinity.get(rule.chain) ?? []), target]);
  }
  return table;
}

function text(value: Concat | string | { goto: { target: string } }): string {
  if (typeof value === "string") return value;
  return "goto" in value ? `goto ${value.goto.target}` : value.concat.join(" . ");
}
