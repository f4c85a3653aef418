import { isIP } from "node:net";
import {
  type FieldError,
  forbiddenField,
  invalid,
  isDNS1123Subdomain,
  isValidCIDR,
  isValidIP,
  required,
  validateLabels,
} from "@wherry/machinery";
import type { Service, ServiceSpec } from "../../../generated/types.ts";
import { broken, oneOf, oneOfIfSet } from "../../rules.ts";
import { endpointAddress } from "../address.ts";
import { validateServicePorts } from "./ports.ts";
import { isExternallyAccessible, isHeadless, needsClusterIP, needsHealthCheckNodePort } from "./type.ts";

const LONGEST_AFFINITY_SECONDS = 86400;

/** Source: core validation `ValidateService`. */
export function validateService(o: Service): FieldError[] {
  const spec = o.spec;
  return [
    ...oneOf("spec.type", spec.type, ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
    ...byType(o),
    ...validateServicePorts(o),
    ...validateLabels(spec.selector, "spec.selector"),
    ...affinity(spec),
    ...clusterIPs(o),
    ...families(spec),
    ...(spec.externalIPs ?? []).flatMap((ip, i) => endpointAddress(`spec.externalIPs[${i}]`, ip)),
    ...traffic(o),
    ...loadBalancer(o),
  ];
}

function byType(o: Service): FieldError[] {
  const { type, externalName, clusterIPs: ips } = o.spec;
  if (type === "NodePort" && isHeadless(o))
    return [invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services")];
  if (type === "LoadBalancer" && isHeadless(o)) {
    return [invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services")];
  }
  if (type !== "ExternalName") return [];
  const name = (externalName ?? "").replace(/\.$/, "");
  const used = ips?.length ? [invalid("spec.clusterIPs", ips, "may not be set when `type` is 'ExternalName'")] : [];
  return [...used, ...(name ? broken("spec.externalName", name, isDNS1123Subdomain(name)) : [required("spec.externalName")])];
}

function affinity(spec: ServiceSpec): FieldError[] {
  const errors = oneOf("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]);
  if (spec.sessionAffinity !== "ClientIP") return errors;
  const path = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined) return [...errors, required(path)];
  const good = seconds > 0 && seconds <= LONGEST_AFFINITY_SECONDS;
  return good ? errors : [...errors, invalid(path, seconds, `must be greater than 0 and less than ${LONGEST_AFFINITY_SECONDS}`)];
}

/** Source: core validation `ValidateServiceClusterIPsRelatedFields`. */
function clusterIPs(o: Service): FieldError[] {
  const { clusterIP, clusterIPs: ips = [] } = o.spec;
  if (!needsClusterIP(o)) return [];
  const errors: FieldError[] = [];
  if (clusterIP && ips.length > 0 && ips[0] !== clusterIP)
    errors.push(invalid("spec.clusterIPs", ips, "first value must match `clusterIP`"));
  if (isHeadless(o) && ips.length > 1) errors.push(invalid("spec.clusterIPs", ips, "'None' must be the first and only value"));
  if (ips.length > 2) errors.push(invalid("spec.clusterIPs", ips, "may only hold up to 2 values"));
  return [...errors, ...ips.flatMap((ip, i) => (ip === "None" || isIP(ip) ? [] : broken(`spec.clusterIPs[${i}]`, ip, isValidIP(ip))))];
}

const FAMILIES = ["IPv4", "IPv6"];
const POLICIES = ["SingleStack", "PreferDualStack", "RequireDualStack"];

function families(spec: ServiceSpec): FieldError[] {
  const list = spec.ipFamilies ?? [];
  const path = "spec.ipFamilies";
  if (spec.type === "ExternalName") return list.length > 0 ? [invalid(path, list, "may not be set when `type` is 'ExternalName'")] : [];
  return [
    ...list.flatMap((f, i) => oneOfIfSet(`${path}[${i}]`, f, FAMILIES)),
    ...(list.length > 2 ? [invalid(path, list, "may only hold up to 2 values")] : []),
    ...oneOfIfSet("spec.ipFamilyPolicy", spec.ipFamilyPolicy, POLICIES),
  ];
}

function traffic(o: Service): FieldError[] {
  const { externalTrafficPolicy: external, internalTrafficPolicy: internal, healthCheckNodePort } = o.spec;
  const path = "spec.externalTrafficPolicy";
  const errors = oneOfIfSet("spec.internalTrafficPolicy", internal, ["Cluster", "Local"]);
  if (external && !isExternallyAccessible(o)) errors.push(invalid(path, external, "may only be set for externally-accessible services"));
  else errors.push(...oneOfIfSet(path, external, ["Cluster", "Local"]));
  if (healthCheckNodePort && !needsHealthCheckNodePort(o)) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid("spec.healthCheckNodePort", healthCheckNodePort, detail));
  }
  return errors;
}

function loadBalancer(o: Service): FieldError[] {
  const { type, loadBalancerClass, loadBalancerSourceRanges: ranges } = o.spec;
  const only = "may only be used when `type` is 'LoadBalancer'";
  if (type === "LoadBalancer") {
    return (ranges ?? []).flatMap((range, i) => broken(`spec.loadBalancerSourceRanges[${i}]`, range, isValidCIDR(range)));
  }
  const given = { loadBalancerClass, loadBalancerSourceRanges: ranges?.length ? ranges : undefined };
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [forbiddenField(`spec.${name}`, only)]));
}

/** Source: core validation `ValidateServiceUpdate`. */
export function validateServiceUpdate(next: Service, prev: Service): FieldError[] {
  const once = (path: string, value: unknown, same: boolean) => (same ? [] : [invalid(path, value, "may not change once set")]);
  const addressed = needsClusterIP(prev) && needsClusterIP(next);
  const balanced = prev.spec.type === "LoadBalancer" && next.spec.type === "LoadBalancer";
  const first = (field: "clusterIPs" | "ipFamilies") => {
    const before = prev.spec[field]?.[0];
    return !addressed || !before || before === next.spec[field]?.[0];
  };
  return [
    ...once("spec.clusterIPs[0]", next.spec.clusterIPs ?? [], first("clusterIPs")),
    ...once("spec.ipFamilies[0]", next.spec.ipFamilies ?? [], first("ipFamilies")),
    ...once(
      "spec.loadBalancerClass",
      next.spec.loadBalancerClass ?? null,
      !balanced || next.spec.loadBalancerClass === prev.spec.loadBalancerClass,
    ),
  ];
}
