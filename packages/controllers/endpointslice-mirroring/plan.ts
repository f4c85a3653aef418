import type { Endpoint, EndpointAddress, Endpoints, Service } from "@wherry/api";
import { MANAGED_BY, type PortGroup, SERVICE_NAME, type SliceMeta } from "../endpointslices/plan.ts";

/** The value of the managed-by label on mirrored slices. */
export const CONTROLLER = "endpointslicemirroring-controller.k8s.io";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";
const NOT_COPIED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "endpoints.kubernetes.io/last-change-trigger-time",
  "endpoints.kubernetes.io/over-capacity",
]);

/** The most addresses of one subset that are mirrored. */
const MAX_PER_SUBSET = 1000;

/** Whether hand-made Endpoints are to be mirrored: those of a service without a selector, unless they say no. */
export function shouldMirror(endpoints: Endpoints | undefined, service: Service | undefined): endpoints is Endpoints {
  if (!endpoints || !service || service.spec?.selector || endpoints.metadata.deletionTimestamp) return false;
  const { labels, annotations } = endpoints.metadata;
  return labels?.[SKIP] !== "true" && annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined;
}

/** One group per subset. */
export function groupsFromSubsets({ subsets = [] }: Endpoints, addressType: SliceMeta["addressType"]): PortGroup[] {
  const ofType = ({ ip }: EndpointAddress) => ip.includes(":") === (addressType === "IPv6");
  return subsets.map(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const endpoints = [
      ...addresses.filter(ofType).map((a) => mirror(a, true)),
      ...notReadyAddresses.filter(ofType).map((a) => mirror(a, false)),
    ];
    return {
      ports: ports.map(({ name = "", protocol = "TCP", port, appProtocol }) => ({
        name,
        port,
        protocol,
        ...(appProtocol && { appProtocol }),
      })),
      endpoints: endpoints.slice(0, MAX_PER_SUBSET),
    };
  });
}

function mirror({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname && { hostname }),
    ...(nodeName && { nodeName }),
    ...(targetRef && { targetRef }),
  };
}

/** What every mirrored slice has. */
export function mirroredMeta({ metadata }: Endpoints, addressType: SliceMeta["addressType"]): SliceMeta {
  const { name, namespace, uid, labels, annotations } = metadata;
  const copied = Object.entries(annotations ?? {}).filter(([k]) => !NOT_COPIED.has(k));
  return {
    addressType,
    metadata: {
      generateName: `${name}-`,
      ...(namespace && { namespace }),
      ownerReferences: [{ apiVersion: "v1", kind: "Endpoints", name, uid, controller: true, blockOwnerDeletion: true }],
      labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: CONTROLLER },
      ...(copied.length > 0 && { annotations: Object.fromEntries(copied) }),
    },
  };
}
