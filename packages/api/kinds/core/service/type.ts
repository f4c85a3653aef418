import type { Service, ServicePort } from "../../../generated/types.ts";

/** Whether the service has (or will get) a virtual address, or says it wants none. */
export function needsClusterIP(s: Pick<Service, "spec">): boolean {
  return s.spec.type !== "ExternalName";
}

/** Whether a port of every node leads to each port of the service. */
export function needsNodePort(s: Pick<Service, "spec">): boolean {
  return s.spec.type === "NodePort" || (s.spec.type === "LoadBalancer" && s.spec.allocateLoadBalancerNodePorts !== false);
}

/** Whether nodes answer a load balancer's health checks for the service. */
export function needsHealthCheckNodePort(s: Pick<Service, "spec">): boolean {
  return s.spec.type === "LoadBalancer" && s.spec.externalTrafficPolicy === "Local";
}

/** `clusterIP: None`: names lead straight to the pods. */
export function isHeadless(s: Pick<Service, "spec">): boolean {
  return s.spec.clusterIP === "None" || s.spec.clusterIPs?.[0] === "None";
}

/** Whether traffic from outside the cluster may arrive. Source: `service.ExternallyAccessible`. */
export function isExternallyAccessible(s: Pick<Service, "spec">): boolean {
  const { type, externalIPs } = s.spec;
  return type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && (externalIPs?.length ?? 0) > 0);
}

/** The node ports a service holds. */
export function nodePortsOf(s: Pick<Service, "spec">): number[] {
  return (s.spec.ports ?? []).flatMap((p: ServicePort) => (p.nodePort ? [p.nodePort] : []));
}
