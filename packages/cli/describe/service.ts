import type { Service, ServicePort } from "@wherry/api";
import { formatLabels } from "@wherry/api/kinds/columns.ts";
import type { Description } from "./description.ts";
import { endpointsOf } from "./endpoint-addresses.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import type { Surroundings } from "./surroundings.ts";

/** A service. Source: kubectl pkg/describe/describe.go, `describeService`. */
export async function describe(d: Description, service: Service, around: Surroundings): Promise<void> {
  const spec = service.spec ?? {};
  addName(d, service);
  addLabels(d, service);
  d.line(0, "Selector:", formatLabels(spec.selector));
  d.line(0, "Type:", spec.type ?? "");
  addAddresses(d, service);
  const endpoints = await endpointsOf(service.metadata.namespace, service.metadata.name, around);
  for (const port of spec.ports ?? []) addPort(d, port, endpoints(port.name ?? ""));
  d.line(0, "Session Affinity:", spec.sessionAffinity ?? "");
  if (spec.externalTrafficPolicy) d.line(0, "External Traffic Policy:", spec.externalTrafficPolicy);
  if (spec.internalTrafficPolicy) d.line(0, "Internal Traffic Policy:", spec.internalTrafficPolicy);
  if (spec.healthCheckNodePort) d.line(0, "HealthCheck NodePort:", String(spec.healthCheckNodePort));
  if (spec.loadBalancerSourceRanges?.length) d.line(0, "LoadBalancer Source Ranges:", spec.loadBalancerSourceRanges.join(","));
  if (spec.trafficDistribution !== undefined) d.line(0, "Traffic Distribution:", spec.trafficDistribution);
  await addEvents(d, service, around);
}

function addAddresses(d: Description, { spec = {}, status }: Service): void {
  if (spec.ipFamilyPolicy) d.line(0, "IP Family Policy:", spec.ipFamilyPolicy);
  d.line(0, "IP Families:", spec.ipFamilies?.join(",") || "<none>");
  d.line(0, "IP:", spec.clusterIP ?? "");
  d.line(0, "IPs:", spec.clusterIPs?.join(",") || "<none>");
  if (spec.externalIPs?.length) d.line(0, "External IPs:", spec.externalIPs.join(","));
  if (spec.loadBalancerIP) d.line(0, "Desired LoadBalancer IP:", spec.loadBalancerIP);
  if (spec.externalName) d.line(0, "External Name:", spec.externalName);
  const ingress = status?.loadBalancer?.ingress ?? [];
  const texts = ingress.map(({ ip, ipMode, hostname = "" }) => (ip ? `${ip}${ipMode ? ` (${ipMode})` : ""}` : hostname));
  if (texts.length) d.line(0, "LoadBalancer Ingress:", texts.join(", "));
}

function addPort(d: Description, { name = "", port, protocol = "", targetPort, nodePort }: ServicePort, endpoints: string): void {
  d.line(0, "Port:", name || "<unset>", `${port}/${protocol}`);
  d.line(0, "TargetPort:", `${targetPort ?? 0}/${protocol}`);
  if (nodePort) d.line(0, "NodePort:", name || "<unset>", `${nodePort}/${protocol}`);
  d.line(0, "Endpoints:", endpoints);
}
