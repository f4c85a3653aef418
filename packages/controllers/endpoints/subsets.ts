import type { EndpointAddress, EndpointPort, EndpointSubset } from "@wherry/api";

/** One address and one of its ports; without a port for a headless service that names none. */
export interface PortedAddress {
  address: EndpointAddress;
  port?: EndpointPort;
  ready: boolean;
}

interface Entry {
  address: EndpointAddress;
  ready: boolean;
  ports: Map<string, EndpointPort>;
}

/**
 * The fewest subsets that say the same: addresses with the same ports share one. Sorted throughout, so that equal input gives equal output.
 * Source: endpoints/util.go RepackSubsets.
 */
export function packSubsets(all: readonly PortedAddress[]): EndpointSubset[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of byAddress(all)) {
    const key = [...entry.ports.keys()].sort().join("|");
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entries]) => subset(entries));
}

function byAddress(all: readonly PortedAddress[]): Iterable<Entry> {
  const entries = new Map<string, Entry>();
  for (const { address, port, ready } of all) {
    const key = `${address.ip}/${address.targetRef?.uid ?? ""}`;
    const entry = entries.get(key) ?? { address, ready, ports: new Map() };
    if (port) entry.ports.set(`${port.name ?? ""}/${port.protocol ?? ""}/${port.port}/${port.appProtocol ?? ""}`, port);
    entries.set(key, entry);
  }
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function subset(entries: readonly Entry[]): EndpointSubset {
  const addresses = (ready: boolean) => entries.filter((e) => e.ready === ready).map((e) => e.address);
  const [ready, notReady] = [addresses(true), addresses(false)];
  const ports = [...(entries[0]?.ports ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, port]) => port);
  return {
    ...(ready.length > 0 && { addresses: ready }),
    ...(notReady.length > 0 && { notReadyAddresses: notReady }),
    ...(ports.length > 0 && { ports }),
  };
}
