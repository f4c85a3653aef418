import { isIPv4 } from "node:net";
import type { EndpointSlice, Service } from "@wherry/api";
import type { Lister } from "@wherry/client";
import { canonicalAddress } from "../wire/address-bytes.ts";
import type { ResourceRecord } from "../wire/message.ts";
import { endpointsOf } from "./endpoints.ts";
import { SERVICES_BY_IP, SLICES_BY_IP, serviceOf } from "./indexes.ts";
import { TTL } from "./negative.ts";

const V4 = ".in-addr.arpa";
const V6 = ".ip6.arpa";

/** The address of `4.3.2.1.in-addr.arpa`, in canonical form; undefined for any other name. */
export function addressOfReverseName(name: string): string | undefined {
  if (name.endsWith(V4)) {
    const address = name.slice(0, -V4.length).split(".").reverse().join(".");
    return isIPv4(address) ? address : undefined;
  }
  if (!name.endsWith(V6)) return undefined;
  const nibbles = name.slice(0, -V6.length).split(".").reverse().join("");
  if (!/^[0-9a-f]{32}$/.test(nibbles)) return undefined;
  return canonicalAddress(nibbles.match(/.{4}/g)!.join(":"));
}

/** The PTR records of an address: its Service, or the endpoints of headless Services that have it. */
export function reverseRecords(
  address: string,
  name: string,
  zone: { domain: string; services: Lister<Service>; slices: Lister<EndpointSlice> },
): ResourceRecord[] {
  const ptr = (data: string): ResourceRecord => ({ name, ttl: TTL, type: "PTR", data });
  const [service] = zone.services.byIndex(SERVICES_BY_IP, address);
  if (service) return [ptr(`${service.metadata.name}.${service.metadata.namespace}.svc.${zone.domain}`)];
  const names = zone.slices.byIndex(SLICES_BY_IP, address).flatMap((slice) => namesIn(slice, address, zone));
  return [...new Set(names)].map(ptr);
}

function namesIn(slice: EndpointSlice, address: string, zone: { domain: string; services: Lister<Service> }): string[] {
  const { namespace } = slice.metadata;
  const name = serviceOf(slice);
  const service = name === undefined ? undefined : zone.services.get(name, namespace);
  if (service?.spec.clusterIP !== "None") return [];
  const here = endpointsOf([slice]).filter((endpoint) => canonicalAddress(endpoint.address) === address);
  return here.map((endpoint) => `${endpoint.host}.${name}.${namespace}.svc.${zone.domain}`);
}
