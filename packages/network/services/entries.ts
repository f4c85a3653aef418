import { createHash } from "node:crypto";
import type { ServicePort } from "../driver.ts";
import { type Entry, type ServiceTable, type StickyEndpoint, slotKey } from "./table.ts";

/** Everything that one service port needs in the tables. */
export interface ServiceEntries {
  entries: readonly Entry[];
  /** Addresses that may reach themselves through the service; other services may share them. */
  hairpins: readonly string[];
  /** Chains that must exist, such as `n2`. */
  spreaders: readonly string[];
  affinity: { chain: string; members: readonly StickyEndpoint[] } | undefined;
}

/** A service port's elements' keys: `address . protocol . port`, and `protocol . port` for its node port. */
interface Keys {
  addresses: readonly string[];
  nodePorts: readonly string[];
}

/**
 * What a service port needs, given what is there: an endpoint that stays keeps its slot, so that the difference is as small as the change. `local` are
 * addresses that the node itself answers (the cluster DNS), which must not be sent elsewhere.
 */
export function entriesOf(port: ServicePort, table: ServiceTable, local: ReadonlySet<string>): ServiceEntries {
  const protocol = port.protocol.toLowerCase();
  const keys: Keys = {
    addresses: port.addresses.filter((address) => !local.has(address)).map((address) => `${address} . ${protocol} . ${port.port}`),
    nodePorts: port.nodePort === undefined ? [] : [`${protocol} . ${port.nodePort}`],
  };
  if (port.endpoints.length === 0) return { entries: closed(keys), hairpins: [], spreaders: [], affinity: undefined };
  const hairpins = [...new Set(port.endpoints.map(({ ip }) => ip))];
  if (port.affinitySeconds === undefined) return { ...balanced(port, keys, table), hairpins, affinity: undefined };
  const affinity = stickyEndpoints(port, protocol, port.affinitySeconds);
  return { entries: verdicts(keys, `goto ${affinity.chain}`, `goto ${affinity.chain}`), hairpins, spreaders: [], affinity };
}

function closed({ addresses, nodePorts }: Keys): Entry[] {
  return [
    ...addresses.map((key): Entry => ({ map: "closed", key, value: "" })),
    ...nodePorts.map((key): Entry => ({ map: "closed-ports", key, value: "" })),
  ];
}

function verdicts({ addresses, nodePorts }: Keys, forAddress: string, forNodePort: string): Entry[] {
  return [
    ...addresses.map((key): Entry => ({ map: "services", key, value: forAddress })),
    ...nodePorts.map((key): Entry => ({ map: "node-ports", key, value: forNodePort })),
  ];
}

function balanced(port: ServicePort, keys: Keys, table: ServiceTable): Pick<ServiceEntries, "entries" | "spreaders"> {
  const endpoints = [...new Set(port.endpoints.map(({ ip, port: target }) => `${ip} . ${target}`))];
  const [spreader, portSpreader] = [`n${endpoints.length}`, `m${endpoints.length}`];
  return {
    entries: [
      ...verdicts(keys, `goto ${spreader}`, `goto ${portSpreader}`),
      ...keys.addresses.flatMap((key) => slots("endpoints", key, endpoints, table)),
      ...keys.nodePorts.flatMap((key) => slots("port-endpoints", key, endpoints, table)),
    ],
    spreaders: [...(keys.addresses.length > 0 ? [spreader] : []), ...(keys.nodePorts.length > 0 ? [portSpreader] : [])],
  };
}

/** Who stays, stays in its slot as long as there are enough of them; who is new fills the holes. */
function slots(map: "endpoints" | "port-endpoints", key: string, endpoints: readonly string[], table: ServiceTable): Entry[] {
  const wanted = new Set(endpoints);
  const kept = table
    .slots(map, key)
    .slice(0, endpoints.length)
    .map((endpoint) => (wanted.delete(endpoint) ? endpoint : undefined));
  const fresh = wanted.values();
  return Array.from(endpoints, (_, slot) => ({ map, key: slotKey(key, slot), value: kept[slot] ?? fresh.next().value! }));
}

function stickyEndpoints(port: ServicePort, protocol: string, seconds: number): NonNullable<ServiceEntries["affinity"]> {
  const members = new Map<string, StickyEndpoint>();
  for (const { ip, port: target } of port.endpoints) {
    const name = `e-${digest(`${port.id} ${protocol} ${ip} ${target} ${seconds}`)}`;
    members.set(name, { name, protocol, ip, port: target, seconds });
  }
  return { chain: `a-${digest(`${port.id} ${protocol}`)}`, members: [...members.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
