import type { DiscoveryEndpointPort, Endpoint, EndpointSlice } from "@wherry/api";
import { deepEqual, type NewObject, type ObjectMeta } from "@wherry/machinery";

export const SERVICE_NAME = "kubernetes.io/service-name";
export const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";

/** The most endpoints in one slice. Source: --max-endpoints-per-slice. */
export const MAX_ENDPOINTS = 100;

/** Endpoints that share their ports. */
export interface PortGroup {
  ports: DiscoveryEndpointPort[];
  endpoints: Endpoint[];
}

/** What the slices of one owner and one address type have in common. */
export interface SliceMeta {
  addressType: "IPv4" | "IPv6";
  /** `generateName`, `namespace`, `ownerReferences`, `labels`, `annotations`: what each slice shall have. */
  metadata: Partial<ObjectMeta>;
}

/** Writes that lead from the slices that are to those that shall be. */
export interface SlicesPlan {
  create: NewObject<EndpointSlice>[];
  update: EndpointSlice[];
  delete: EndpointSlice[];
}

/** A slice while it is planned. */
interface Draft {
  source?: EndpointSlice;
  ports: DiscoveryEndpointPort[];
  endpoints: Endpoint[];
}

/**
 * Puts `groups` into slices with few writes: endpoints stay where they are; new ones fill slices that change anyway, then the fullest that has room
 * for all, then new slices. With no endpoints at all one empty slice remains. `existing` are the owner's slices of this address type.
 * Source: endpointslice/reconciler.go.
 */
export function planSlices(existing: readonly EndpointSlice[], groups: readonly PortGroup[], meta: SliceMeta): SlicesPlan {
  const merged = mergeByPorts(groups);
  const spare = existing.filter((s) => !merged.has(portKey(s.ports)));
  const drafts = [...merged].flatMap(([key, group]) => {
    const matching = existing.filter((s) => portKey(s.ports) === key);
    const { kept, left } = fill(matching, group);
    spare.push(...left);
    return kept;
  });
  if (drafts.length === 0) drafts.push({ ports: [], endpoints: [] });
  for (const draft of drafts) draft.source ??= spare.shift();
  return finish(drafts, spare, meta);
}

/** Equal for equal sets of ports. */
export function portKey(ports: readonly DiscoveryEndpointPort[] | undefined): string {
  const texts = (ports ?? []).map((p) => JSON.stringify([p.name ?? "", p.protocol ?? "TCP", p.port ?? null, p.appProtocol ?? null]));
  return texts.sort().join();
}

function mergeByPorts(groups: readonly PortGroup[]): Map<string, PortGroup> {
  const merged = new Map<string, PortGroup>();
  for (const group of groups) {
    if (group.endpoints.length === 0) continue;
    const known = merged.get(portKey(group.ports));
    if (known) known.endpoints.push(...group.endpoints);
    else merged.set(portKey(group.ports), { ports: group.ports, endpoints: [...group.endpoints] });
  }
  return merged;
}

/** What tells endpoints apart, whatever their state. */
function endpointKey({ targetRef, addresses, hostname }: Endpoint): string {
  return `${targetRef?.uid ?? targetRef?.name ?? ""}/${addresses[0]}/${hostname ?? ""}`;
}

/** Slices of one group of ports; `left` are those that end up empty. */
function fill(matching: readonly EndpointSlice[], { ports, endpoints }: PortGroup): { kept: Draft[]; left: EndpointSlice[] } {
  const missing = new Map(endpoints.map((e) => [endpointKey(e), e]));
  const drafts = matching.map((source): Draft => ({ source, ports, endpoints: takeStaying(source, missing) }));
  const left = drafts.filter((d) => d.endpoints.length === 0).flatMap((d) => d.source ?? []);
  const kept = drafts.filter((d) => d.endpoints.length > 0);
  place([...missing.values()], kept, ports);
  return { kept, left };
}

/** The slice's endpoints that are still wanted, as they shall be; they are no longer missing. */
function takeStaying(slice: EndpointSlice, missing: Map<string, Endpoint>): Endpoint[] {
  return (slice.endpoints ?? []).flatMap((old) => {
    const wanted = missing.get(endpointKey(old));
    missing.delete(endpointKey(old));
    return wanted ?? [];
  });
}

function place(missing: Endpoint[], drafts: Draft[], ports: DiscoveryEndpointPort[]): void {
  const changes = (d: Draft) => !deepEqual(d.endpoints, d.source?.endpoints);
  const fullestFirst = (a: Draft, b: Draft) => b.endpoints.length - a.endpoints.length;
  for (const draft of drafts.filter(changes).sort(fullestFirst)) {
    draft.endpoints.push(...missing.splice(0, MAX_ENDPOINTS - draft.endpoints.length));
  }
  while (missing.length >= MAX_ENDPOINTS) drafts.push({ ports, endpoints: missing.splice(0, MAX_ENDPOINTS) });
  if (missing.length === 0) return;
  const roomy = drafts.filter((d) => d.endpoints.length + missing.length <= MAX_ENDPOINTS).sort(fullestFirst)[0];
  if (roomy) roomy.endpoints.push(...missing);
  else drafts.push({ ports, endpoints: missing });
}

function finish(drafts: readonly Draft[], spare: EndpointSlice[], { addressType, metadata }: SliceMeta): SlicesPlan {
  const plan: SlicesPlan = { create: [], update: [], delete: spare };
  const { generateName: _, ...kept } = metadata;
  for (const { source, ports, endpoints } of drafts) {
    if (!source) {
      plan.create.push({ metadata, addressType, endpoints, ports });
      continue;
    }
    const next: EndpointSlice = { ...source, metadata: { ...source.metadata, ...kept }, endpoints, ports };
    if (!isSame(source, next)) plan.update.push(next);
  }
  return plan;
}

function isSame(a: EndpointSlice, b: EndpointSlice): boolean {
  const shown = (s: EndpointSlice) => [
    s.metadata.labels ?? {},
    s.metadata.annotations ?? {},
    s.metadata.ownerReferences ?? [],
    s.endpoints ?? [],
  ];
  return portKey(a.ports) === portKey(b.ports) && deepEqual(shown(a), shown(b));
}
