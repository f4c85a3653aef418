import { isIPv6 } from "node:net";
import type { Endpoint, EndpointSlice } from "@wherry/api";
import { labelOfAddress } from "./pod-name.ts";

/** One address behind a headless Service. */
export interface EndpointAddress {
  /** The label before the Service's name. */
  host: string;
  type: "A" | "AAAA";
  address: string;
  slice: EndpointSlice;
}

/** All addresses that may be given out. Not ready ones are left out, unless the slices say that they count as ready. */
export function endpointsOf(slices: readonly EndpointSlice[]): EndpointAddress[] {
  const found = new Map<string, EndpointAddress>();
  for (const slice of slices) {
    if (slice.addressType === "FQDN") continue;
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      // While an endpoint moves from one slice to another, it stands in both.
      for (const address of endpoint.addresses) found.set(`${hostOf(endpoint, address)} ${address}`, entry(endpoint, address, slice));
    }
  }
  return [...found.values()];
}

/** The host label of an endpoint: its own, or one made of its address. */
export function hostOf(endpoint: Endpoint, address: string): string {
  return endpoint.hostname || labelOfAddress(address);
}

function entry(endpoint: Endpoint, address: string, slice: EndpointSlice): EndpointAddress {
  return { host: hostOf(endpoint, address), type: isIPv6(address) ? "AAAA" : "A", address, slice };
}
