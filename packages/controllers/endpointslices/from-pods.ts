import { type DiscoveryEndpointPort, type Endpoint, isHeadless, isPodReady, type Pod, type Service } from "@wherry/api";
import { HEADLESS, hostnameIn, mayBeEndpoint, podAddresses, podReference, targetPortOf } from "../services/pod-endpoint.ts";
import { MANAGED_BY, type PortGroup, SERVICE_NAME, type SliceMeta } from "./plan.ts";

/** The value of the managed-by label on slices made from pods. */
export const CONTROLLER = "endpointslice-controller.k8s.io";

/** The address types that a service wants slices for. */
export function addressTypesOf(service: Service): SliceMeta["addressType"][] {
  const families = service.spec?.ipFamilies ?? [];
  return (["IPv4", "IPv6"] as const).filter((f) => (families.length > 0 ? families.includes(f) : f === "IPv4"));
}

/** One group per pod, with the ports that the service's ports are on it. `zoneOf` gives the zone of a node. */
export function groupsFromPods(
  service: Service,
  pods: readonly Pod[],
  addressType: SliceMeta["addressType"],
  zoneOf: (node: string) => string | undefined,
): PortGroup[] {
  return pods.flatMap((pod) => {
    const addresses = podAddresses(pod).filter((ip) => ip.includes(":") === (addressType === "IPv6"));
    if (addresses.length === 0 || !mayBeEndpoint(pod, true)) return [];
    return { ports: portsOn(service, pod), endpoints: [endpointOf(service, pod, addresses, zoneOf)] };
  });
}

function endpointOf(service: Service, pod: Pod, addresses: string[], zoneOf: (node: string) => string | undefined): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const { nodeName } = pod.spec;
  const zone = nodeName ? zoneOf(nodeName) : undefined;
  const hostname = hostnameIn(service, pod);
  return {
    addresses,
    conditions: { ready, serving, terminating },
    targetRef: podReference(pod),
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
    ...(hostname && { hostname }),
  };
}

/** A port that the pod does not have is left out. */
function portsOn(service: Service, pod: Pod): DiscoveryEndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = targetPortOf(pod, servicePort);
    if (port === undefined) return [];
    const { name = "", protocol = "TCP", appProtocol } = servicePort;
    return { name, port, protocol, ...(appProtocol && { appProtocol }) };
  });
}

/** What every slice of the service has. */
export function sliceMeta(service: Service, addressType: SliceMeta["addressType"]): SliceMeta {
  const { name, namespace, uid, labels } = service.metadata;
  const owner = { apiVersion: "v1", kind: "Service", name, uid, controller: true, blockOwnerDeletion: true };
  return {
    addressType,
    metadata: {
      generateName: `${name}-`,
      ...(namespace && { namespace }),
      ownerReferences: [owner],
      labels: { ...labels, ...(isHeadless(service) && { [HEADLESS]: "" }), [SERVICE_NAME]: name, [MANAGED_BY]: CONTROLLER },
    },
  };
}
