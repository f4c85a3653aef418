import { deepEqual } from "@wherry/machinery";
import type { Service, ServiceSpec } from "../../../generated/types.ts";
import { isExternallyAccessible, needsClusterIP, needsHealthCheckNodePort, needsNodePort, nodePortsOf } from "./type.ts";

/** `clusterIP` is the first of `clusterIPs`: a client that knows one of them sets both. Source: service strategy `NormalizeClusterIPs`. */
export function normalizeClusterIPs(next: Service, prev: Service | undefined): void {
  const spec = next.spec;
  if (!prev) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const untouched = deepEqual(spec.clusterIPs, prev.spec.clusterIPs);
  if (spec.clusterIP === prev.spec.clusterIP) return;
  if (!spec.clusterIP && untouched) delete spec.clusterIPs;
  if (spec.clusterIP && untouched) spec.clusterIPs = [spec.clusterIP];
}

/** What the server handed out stays when an update leaves it out. Source: service REST `patchAllocatedValues`. */
export function keepAllocated(next: Service, prev: Service): void {
  if (needsClusterIP(prev) && needsClusterIP(next)) {
    if (!next.spec.clusterIP && prev.spec.clusterIP) next.spec.clusterIP = prev.spec.clusterIP;
    const same = next.spec.clusterIP === prev.spec.clusterIP;
    if (!next.spec.clusterIPs?.length && same && prev.spec.clusterIPs) next.spec.clusterIPs = [...prev.spec.clusterIPs];
  }
  if (needsNodePort(prev) && needsNodePort(next)) keepNodePorts(next, prev);
  if (needsHealthCheckNodePort(prev) && needsHealthCheckNodePort(next) && prev.spec.healthCheckNodePort) {
    next.spec.healthCheckNodePort ||= prev.spec.healthCheckNodePort;
  }
}

/** Ports are told apart by their names. A node port that another port of the service now claims is not given twice. */
function keepNodePorts(next: Service, prev: Service): void {
  const claimed = new Set(nodePortsOf(next));
  const byName = new Map((prev.spec.ports ?? []).map((p) => [p.name ?? "", p.nodePort]));
  for (const port of next.spec.ports ?? []) {
    const before = byName.get(port.name ?? "");
    if (!port.nodePort && before && !claimed.has(before)) port.nodePort = before;
  }
}

/**
 * Fields that the new type has no use for go, unless the update set them on purpose: validation is to name those. Source: service strategy
 * `dropTypeDependentFields`.
 */
export function dropTypeDependent(next: Service, prev: Service): void {
  const spec = next.spec;
  if (needsClusterIP(prev) && !needsClusterIP(next))
    dropUnchanged(spec, prev.spec, ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"]);
  const sameNodePorts = deepEqual(nodePortsOf(next), nodePortsOf(prev));
  if (needsNodePort(prev) && !needsNodePort(next) && sameNodePorts) for (const p of spec.ports ?? []) delete p.nodePort;
  if (needsHealthCheckNodePort(prev) && !needsHealthCheckNodePort(next)) dropUnchanged(spec, prev.spec, ["healthCheckNodePort"]);
  if (prev.spec.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    dropUnchanged(spec, prev.spec, ["allocateLoadBalancerNodePorts", "loadBalancerClass"]);
  }
  if (isExternallyAccessible(prev) && !isExternallyAccessible(next)) dropUnchanged(spec, prev.spec, ["externalTrafficPolicy"]);
}

function dropUnchanged(next: ServiceSpec, prev: ServiceSpec, fields: readonly (keyof ServiceSpec)[]): void {
  for (const field of fields) if (deepEqual(next[field], prev[field])) delete next[field];
}
