import type { EndpointSlice, Service } from "@wherry/api";
import type { Informer } from "@wherry/client";
import { canonicalAddress } from "../wire/address-bytes.ts";

const SERVICE_NAME = "kubernetes.io/service-name";

export const SERVICES_BY_IP = "dns/cluster-ip";
export const SLICES_BY_SERVICE = "dns/service";
export const SLICES_BY_IP = "dns/endpoint-ip";

/** Adds to the informers what the zone looks things up by. Each change then costs as much as the object that changed. */
export function addZoneIndexes(services: Informer<Service>, slices: Informer<EndpointSlice>): void {
  services.addIndex(SERVICES_BY_IP, serviceAddresses);
  slices.addIndex(SLICES_BY_SERVICE, servicesOf);
  slices.addIndex(SLICES_BY_IP, endpointAddresses);
}

/** The addresses of a Service that has any: none for a headless one or an ExternalName. */
export function clusterIPs(service: Service): readonly string[] {
  const { clusterIP, clusterIPs: all, type } = service.spec;
  if (type === "ExternalName" || !clusterIP || clusterIP === "None") return [];
  return all && all.length > 0 ? all : [clusterIP];
}

/** The name of the Service that a slice belongs to. */
export function serviceOf(slice: EndpointSlice): string | undefined {
  return slice.metadata.labels?.[SERVICE_NAME];
}

function serviceAddresses(service: Service): readonly string[] {
  return clusterIPs(service).map(canonicalAddress);
}

function servicesOf(slice: EndpointSlice): readonly string[] {
  const name = serviceOf(slice);
  return name ? [`${slice.metadata.namespace}/${name}`] : [];
}

function endpointAddresses(slice: EndpointSlice): readonly string[] {
  if (slice.addressType === "FQDN") return [];
  return (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses.map(canonicalAddress));
}
