import { MARK_BASE, MARK_MASK, type NodeNetworkConfig } from "@wherry/network";
import type { Names } from "./names.ts";

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;

/** Chains whose rules never change while a configuration stays; service chains (`n2`, `a-...`) come and go beside them. */
const CHAINS = {
  pick: "",
  "pick-port": "",
  dispatch: "",
  guard: "type filter hook prerouting priority raw; policy accept;",
  prerouting: "type nat hook prerouting priority dstnat; policy accept;",
  unmark: "type filter hook prerouting priority -90; policy accept;",
  input: "type filter hook input priority filter; policy accept;",
  forward: "type filter hook forward priority filter; policy accept;",
  output: "type nat hook output priority -100; policy accept;",
  "output-filter": "type filter hook output priority filter; policy accept;",
  postrouting: "type nat hook postrouting priority srcnat; policy accept;",
} as const;

const MAPS = [
  "map services { type ipv4_addr . inet_proto . inet_service : verdict; }",
  "map node-ports { type inet_proto . inet_service : verdict; }",
  "map endpoints { type ipv4_addr . inet_proto . inet_service . mark : ipv4_addr . inet_service; }",
  "map port-endpoints { type inet_proto . inet_service . mark : ipv4_addr . inet_service; }",
  "set hairpin { type ipv4_addr . ipv4_addr; }",
  "set closed { type ipv4_addr . inet_proto . inet_service; }",
  "set closed-ports { type inet_proto . inet_service; }",
];

/**
 * The cluster's table without its services, as one transaction that may be sent again at any time: what the maps hold is kept, and packets never see
 * half of it. `bridgeFiltered` = packets between pods pass netfilter (see filterBridge).
 */
export function baseRules(names: Names, config: NodeNetworkConfig, bridgeFiltered: boolean): string {
  const { table } = names;
  const rules = rulesOf(names, config, bridgeFiltered);
  const lines = [`add table ip ${table}`];
  for (const definition of MAPS) lines.push(`add ${definition.replace(/^(\w+) /, `$1 ip ${table} `)}`);
  for (const [chain, hook] of Object.entries(CHAINS))
    lines.push(`add chain ip ${table} ${chain}${hook && ` { ${hook} }`}`, `flush chain ip ${table} ${chain}`);
  for (const [chain, list] of Object.entries(rules)) for (const rule of list) lines.push(`add rule ip ${table} ${chain} ${rule}`);
  return `${lines.join("\n")}\n`;
}

function rulesOf(names: Names, config: NodeNetworkConfig, bridgeFiltered: boolean): Record<keyof typeof CHAINS, readonly string[]> {
  const { bridge } = names;
  const { podCIDR, clusterCIDR, serviceCIDR } = config;
  const target = "ip daddr . meta l4proto . th dport";
  const unmark = `meta mark & ${hex(MARK_MASK)} == ${hex(MARK_BASE)} meta mark set 0`;
  return {
    pick: [`dnat ip to ${target} . meta mark map @endpoints`],
    "pick-port": ["dnat ip to meta l4proto . th dport . meta mark map @port-endpoints"],
    dispatch: [`${target} vmap @services`, "fib daddr type local meta l4proto . th dport vmap @node-ports"],
    // Packets for 127.0.0.1 are routed on this bridge (see `route_localnet`): a pod must not get at the host's local services that way.
    guard: [`iifname != "lo" ip daddr 127.0.0.0/8 drop`],
    prerouting: ["goto dispatch"],
    unmark: [unmark],
    output: ["goto dispatch"],
    input: refuse("fib daddr type local meta l4proto . th dport @closed-ports"),
    // What still has a service's address here was rewritten by no rule: nobody answers.
    forward: [...refuse(`ip daddr ${serviceCIDR}`), ...refuse(`${target} @closed`)],
    "output-filter": [
      unmark,
      ...refuse(`ip daddr ${serviceCIDR} fib daddr type != local`),
      ...refuse(`${target} @closed`),
      // A packet that leaves where it came from makes the kernel tell the pod of a shorter way, which is none.
      `oifname "${bridge}" icmp type redirect drop`,
    ],
    postrouting: [
      "ip saddr . ip daddr @hairpin masquerade fully-random",
      ...(bridgeFiltered ? [] : [`iifname "${bridge}" oifname "${bridge}" ct status dnat masquerade fully-random`]),
      `ip saddr ${podCIDR} ip daddr != ${clusterCIDR} oifname != "${bridge}" oifname != "lo" masquerade fully-random`,
      `ct status dnat ip saddr 127.0.0.0/8 oifname != "lo" masquerade fully-random`,
      `ct status dnat ip saddr != ${clusterCIDR} oifname != "${bridge}" oifname != "lo" masquerade fully-random`,
    ],
  };
}

/** A TCP client on this host would not notice an ICMP answer to its first packet, and ask again a second later. */
function refuse(match: string): string[] {
  return [`meta l4proto tcp ${match} reject with tcp reset`, `${match} reject`];
}
