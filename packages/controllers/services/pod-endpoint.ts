import { isPodTerminal, type ObjectReference, type Pod, type Service, type ServicePort } from "@wherry/api";

/** A pod that has not ended and has an address may be an endpoint; a terminating one only where the caller wants those. */
export function mayBeEndpoint(pod: Pod, includeTerminating: boolean): boolean {
  return !isPodTerminal(pod) && podAddresses(pod).length > 0 && (includeTerminating || !pod.metadata.deletionTimestamp);
}

/** All IPs of the pod, the primary first. */
export function podAddresses(pod: Pod): string[] {
  const all = (pod.status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  return all.length > 0 ? all : pod.status?.podIP ? [pod.status.podIP] : [];
}

/** The number behind a service port on this pod: named ports are looked up among its containers. Undefined when it has none. Source: podutil.FindPort. */
export function targetPortOf(pod: Pod, { port, targetPort = port, protocol = "TCP" }: ServicePort): number | undefined {
  if (typeof targetPort === "number") return targetPort === 0 ? port : targetPort;
  const sidecars = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always");
  const ports = [...pod.spec.containers, ...sidecars].flatMap((c) => c.ports ?? []);
  return ports.find((p) => p.name === targetPort && (p.protocol ?? "TCP") === protocol)?.containerPort;
}

/** The pod's own name in the service's domain: only when it asked for one there. */
export function hostnameIn(service: Service, pod: Pod): string | undefined {
  const { hostname, subdomain } = pod.spec;
  return hostname && subdomain === service.metadata.name ? hostname : undefined;
}

/** How an endpoint points to its pod. */
export function podReference({ metadata }: Pod): ObjectReference {
  return { kind: "Pod", name: metadata.name, uid: metadata.uid, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

/** Marks the endpoints of a headless service. */
export const HEADLESS = "service.kubernetes.io/headless";
