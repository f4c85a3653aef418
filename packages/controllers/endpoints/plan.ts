import {
  type EndpointAddress,
  type EndpointSubset,
  type Endpoints,
  isHeadless,
  isPodReady,
  type Pod,
  type Service,
  type ServicePort,
} from "@wherry/api";
import { deepEqual, type NewObject } from "@wherry/machinery";
import { HEADLESS, hostnameIn, mayBeEndpoint, podAddresses, podReference, targetPortOf } from "../services/pod-endpoint.ts";
import { type PortedAddress, packSubsets } from "./subsets.ts";

/** The most addresses that an Endpoints object holds: more are left out, and an annotation says so. */
export const MAX_ADDRESSES = 1000;
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";

/** What to do with the Endpoints of a service. */
export type EndpointsPlan =
  | { do: "nothing" }
  | { do: "delete" }
  | { do: "create"; object: NewObject<Endpoints> }
  | { do: "update"; object: Endpoints };

/** Source: pkg/controller/endpoint syncService. A service without a selector keeps the Endpoints that somebody else writes. */
export function planEndpoints(service: Service | undefined, pods: readonly Pod[], current: Endpoints | undefined): EndpointsPlan {
  if (!service) return current ? { do: "delete" } : { do: "nothing" };
  if (service.spec?.type === "ExternalName" || !service.spec?.selector) return { do: "nothing" };
  const all = packSubsets(
    pods.filter((p) => mayBeEndpoint(p, !!service.spec?.publishNotReadyAddresses)).flatMap((p) => addressesOf(service, p)),
  );
  const subsets = truncate(all);
  const labels = { ...service.metadata.labels, ...(isHeadless(service) && { [HEADLESS]: "" }) };
  const { [OVER_CAPACITY]: _, ...kept } = current?.metadata.annotations ?? {};
  const annotations = { ...kept, ...(subsets !== all && { [OVER_CAPACITY]: "truncated" }) };
  if (!current) {
    const { name, namespace } = service.metadata;
    return { do: "create", object: { metadata: { name, ...(namespace && { namespace }), labels, annotations }, subsets } };
  }
  const { metadata } = current;
  const same =
    deepEqual(withoutVersions(current.subsets), subsets) &&
    deepEqual(metadata.labels ?? {}, labels) &&
    deepEqual(metadata.annotations ?? {}, annotations);
  return same ? { do: "nothing" } : { do: "update", object: { ...current, metadata: { ...metadata, labels, annotations }, subsets } };
}

function addressesOf(service: Service, pod: Pod): PortedAddress[] {
  const ip = addressFor(service, pod);
  if (!ip) return [];
  const hostname = hostnameIn(service, pod);
  const { nodeName } = pod.spec;
  const address: EndpointAddress = { ip, targetRef: podReference(pod), ...(nodeName && { nodeName }), ...(hostname && { hostname }) };
  const ready = service.spec?.publishNotReadyAddresses === true || isPodReady(pod);
  const ports = service.spec?.ports ?? [];
  if (ports.length === 0) return isHeadless(service) ? [{ address, ready }] : [];
  return ports.flatMap((port) => portedAddress(address, ready, pod, port) ?? []);
}

/** The pod's first address of the service's primary family. */
function addressFor(service: Service, pod: Pod): string | undefined {
  const v6 = service.spec?.ipFamilies?.[0] === "IPv6";
  return podAddresses(pod).find((ip) => ip.includes(":") === v6);
}

function portedAddress(address: EndpointAddress, ready: boolean, pod: Pod, servicePort: ServicePort): PortedAddress | undefined {
  const number = targetPortOf(pod, servicePort);
  if (number === undefined) return undefined;
  const { name, protocol = "TCP", appProtocol } = servicePort;
  return { address, ready, port: { ...(name && { name }), port: number, protocol, ...(appProtocol && { appProtocol }) } };
}

/** At most MAX_ADDRESSES, ready ones before others; gives the same array when nothing is cut. */
function truncate(subsets: EndpointSubset[]): EndpointSubset[] {
  const count = (list: readonly unknown[] | undefined) => list?.length ?? 0;
  if (subsets.reduce((n, s) => n + count(s.addresses) + count(s.notReadyAddresses), 0) <= MAX_ADDRESSES) return subsets;
  let left = MAX_ADDRESSES;
  const take = (list: EndpointAddress[] | undefined) => {
    const taken = list?.slice(0, left) ?? [];
    left -= taken.length;
    return taken;
  };
  const ready = subsets.map((s) => take(s.addresses));
  const notReady = subsets.map((s) => take(s.notReadyAddresses));
  return subsets.flatMap(({ ports }, i) => {
    const [addresses = [], notReadyAddresses = []] = [ready[i], notReady[i]];
    if (addresses.length + notReadyAddresses.length === 0) return [];
    return {
      ...(addresses.length > 0 && { addresses }),
      ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
      ...(ports && { ports }),
    };
  });
}

/** A pod's own resourceVersion in a reference is no difference. */
function withoutVersions(subsets: readonly EndpointSubset[] = []): EndpointSubset[] {
  const strip = (addresses: EndpointAddress[] | undefined) =>
    addresses?.map(({ targetRef, ...address }) => {
      const { resourceVersion: _, ...reference } = targetRef ?? {};
      return targetRef ? { ...address, targetRef: reference } : address;
    });
  return subsets.map(({ addresses, notReadyAddresses, ...s }) => {
    const [ready, notReady] = [strip(addresses), strip(notReadyAddresses)];
    return { ...(ready && { addresses: ready }), ...(notReady && { notReadyAddresses: notReady }), ...s };
  });
}
