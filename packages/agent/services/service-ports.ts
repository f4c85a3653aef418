import type { EndpointSlice, Service, ServicePort as SpecPort } from "@wherry/api";
import type { Protocol, ServicePort } from "@wherry/network";
import { endpointsOf, type PlacedEndpoint } from "./endpoints-of.ts";

/** Source: v1 DefaultClientIPServiceAffinitySeconds. */
const AFFINITY_SECONDS = 10_800;

/**
 * A service as packets see it on this node: one entry for each port, or two when clients inside and outside are served by different endpoints. Services without a
 * virtual address have none.
 */
export function servicePorts(service: Service, slices: readonly EndpointSlice[], nodeName: string): ServicePort[] {
  const { type, clusterIP, ports = [] } = service.spec ?? {};
  if (!clusterIP || clusterIP === "None" || type === "ExternalName") return [];
  return ports.flatMap((port) => entriesOf(service, port, endpointsOf(port, slices), nodeName));
}

function entriesOf(service: Service, port: SpecPort, endpoints: readonly PlacedEndpoint[], nodeName: string): ServicePort[] {
  const { name, namespace } = service.metadata;
  const {
    clusterIPs,
    clusterIP = "",
    internalTrafficPolicy,
    externalTrafficPolicy,
    sessionAffinity,
    sessionAffinityConfig,
  } = service.spec ?? {};
  const local = endpoints.filter((e) => e.node === nodeName);
  const pick = (policy: string | undefined) => (policy === "Local" ? local : endpoints).map(({ ip, port: to }) => ({ ip, port: to }));
  const base = {
    id: `${namespace}/${name}:${port.name || port.port}`,
    protocol: (port.protocol ?? "TCP") as Protocol,
    port: port.port,
    ...(sessionAffinity === "ClientIP" && { affinitySeconds: sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS }),
  };
  const inside = {
    ...base,
    addresses: (clusterIPs?.length ? clusterIPs : [clusterIP]).filter(isIPv4),
    endpoints: pick(internalTrafficPolicy),
  };
  const nodePort = port.nodePort ? { nodePort: port.nodePort } : {};
  const outer = externalAddresses(service);
  if ((internalTrafficPolicy === "Local") === (externalTrafficPolicy === "Local"))
    return [{ ...inside, ...nodePort, addresses: [...inside.addresses, ...outer] }];
  if (!port.nodePort && !outer.length) return [inside];
  return [inside, { ...base, ...nodePort, id: `${base.id}/external`, addresses: outer, endpoints: pick(externalTrafficPolicy) }];
}

function externalAddresses({ spec, status }: Service): string[] {
  const balanced = spec?.type === "LoadBalancer" ? (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? "") : [];
  return [...(spec?.externalIPs ?? []), ...balanced].filter(isIPv4);
}

const isIPv4 = (address: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(address);
