/** The maps and sets that packets are looked up in. A set is a map without values. */
export type MapName = "services" | "node-ports" | "endpoints" | "port-endpoints" | "hairpin" | "closed" | "closed-ports";

/** One element; key and value are in nftables' syntax, such as `10.96.0.1 . tcp . 443` and `goto n2`. The value of a set's element is empty. */
export interface Entry {
  map: MapName;
  key: string;
  value: string;
}

/** An endpoint that clients stick to: a set of clients, and a chain that sends them there. Its name says everything about it. */
export interface StickyEndpoint {
  name: string;
  protocol: string;
  ip: string;
  port: number;
  seconds: number;
}

/** What the kernel has of services. */
export class ServiceTable {
  readonly maps: Record<MapName, Map<string, string>> = {
    services: new Map(),
    "node-ports": new Map(),
    endpoints: new Map(),
    "port-endpoints": new Map(),
    hairpin: new Map(),
    closed: new Map(),
    "closed-ports": new Map(),
  };
  /** Chains that choose among K endpoints: `n2` for addresses, `m2` for node ports. They are never removed: there are few. */
  readonly spreaders = new Set<string>();
  /** Chains of services with affinity: the names of their StickyEndpoints, in order. */
  readonly affinity = new Map<string, readonly string[]>();

  /** The endpoints that a key (without its slot) has, by slot. */
  slots(map: "endpoints" | "port-endpoints", prefix: string): string[] {
    const found: string[] = [];
    for (let value = this.maps[map].get(slotKey(prefix, 0)); value !== undefined; value = this.maps[map].get(slotKey(prefix, found.length)))
      found.push(value);
    return found;
  }
}

/** The packet mark that says which slot was chosen; it lives from one chain to the next. */
export const MARK_BASE = 0x57480000;
export const MARK_MASK = 0xffff0000;

export function slotKey(prefix: string, slot: number): string {
  return `${prefix} . ${MARK_BASE + slot}`;
}

/** Lets an address reach itself through a service. */
export function hairpinEntry(ip: string): Entry {
  return { map: "hairpin", key: `${ip} . ${ip}`, value: "" };
}
