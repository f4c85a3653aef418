import { isIPv6 } from "node:net";
import type { Service, ServiceSpec } from "../../../generated/types.ts";
import { isExternallyAccessible, needsClusterIP } from "./type.ts";

const AFFINITY_SECONDS = 10800;

/** Source: v1 defaults `SetDefaults_Service`, and the address families that the service's REST storage fills in. */
export function defaultService(o: Service): void {
  o.spec ??= {};
  const spec = o.spec;
  spec.type ||= "ClusterIP";
  defaultAffinity(spec);
  for (const p of spec.ports ?? []) {
    p.protocol ||= "TCP";
    if (p.targetPort === undefined || p.targetPort === 0 || p.targetPort === "") p.targetPort = p.port;
  }
  if (isExternallyAccessible(o)) spec.externalTrafficPolicy ||= "Cluster";
  if (spec.type === "LoadBalancer") spec.allocateLoadBalancerNodePorts ??= true;
  if (needsClusterIP(o)) {
    spec.internalTrafficPolicy ??= "Cluster";
    defaultFamilies(spec);
  }
}

function defaultAffinity(spec: ServiceSpec): void {
  spec.sessionAffinity ||= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity !== "ClientIP") return;
  spec.sessionAffinityConfig ??= {};
  spec.sessionAffinityConfig.clientIP ??= {};
  spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= AFFINITY_SECONDS;
}

function defaultFamilies(spec: ServiceSpec): void {
  spec.ipFamilyPolicy ??= "SingleStack";
  if (spec.ipFamilies?.length) return;
  spec.ipFamilies = [spec.clusterIP && isIPv6(spec.clusterIP) ? "IPv6" : "IPv4"];
}
