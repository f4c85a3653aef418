import type { EndpointSlice, Endpoint as SliceEndpoint, ServicePort as SpecPort } from "@wherry/api";
import type { Endpoint } from "@wherry/network";

/** Endpoints of one port of a service, with the node each is on. */
export interface PlacedEndpoint extends Endpoint {
  node: string | undefined;
}

/**
 * Where a service port's traffic may go: to what is ready, or, when nothing is, to what still serves while it ends. Sorted, without repeats. Source: kube-proxy
 * CategorizeEndpoints.
 */
export function endpointsOf(port: SpecPort, slices: readonly EndpointSlice[]): PlacedEndpoint[] {
  const all = slices.flatMap((slice) => candidates(port, slice));
  const ready = all.filter(({ conditions }) => conditions?.ready !== false);
  const chosen = ready.length ? ready : all.filter(({ conditions }) => conditions?.serving && conditions.terminating);
  const byAddress = new Map(chosen.map(({ ip, number, nodeName }) => [`${ip}:${number}`, { ip, port: number, node: nodeName }]));
  return [...byAddress].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}

type Candidate = SliceEndpoint & { ip: string; number: number };

function candidates(port: SpecPort, slice: EndpointSlice): Candidate[] {
  const number = slice.ports?.find((p) => (p.name ?? "") === (port.name ?? "") && (p.protocol ?? "TCP") === (port.protocol ?? "TCP"))?.port;
  if (slice.addressType !== "IPv4" || number === undefined) return [];
  return (slice.endpoints ?? []).flatMap((endpoint) => (endpoint.addresses[0] ? [{ ...endpoint, ip: endpoint.addresses[0], number }] : []));
}
