import type { Ingress, IngressBackend, IngressServiceBackend, IngressSpec } from "@wherry/api";
import type { Description } from "./description.ts";
import { endpointsOf } from "./endpoint-addresses.ts";
import { addEvents } from "./events.ts";
import { LOOKUP, type Surroundings } from "./surroundings.ts";

/** An ingress, with where its requests end up. Source: kubectl pkg/describe/describe.go, `describeIngressV1`. */
export async function describe(d: Description, ingress: Ingress, around: Surroundings): Promise<void> {
  const { metadata, status } = ingress;
  const spec: IngressSpec = ingress.spec ?? {};
  const backendText = (backend: IngressBackend) => describeBackend(metadata.namespace, backend, around);
  d.line(0, "Name:", metadata.name);
  d.labels("Labels", metadata.labels);
  d.line(0, "Namespace:", metadata.namespace ?? "");
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").filter(Boolean);
  d.line(0, "Address:", [...new Set(addresses)].sort().join(","));
  d.line(0, "Ingress Class:", spec.ingressClassName ?? "<none>");
  const standard = spec.defaultBackend ? await backendText(spec.defaultBackend) : "<default>";
  d.line(0, "Default backend:", standard);
  addTls(d, spec.tls);
  await addRules(d, spec, standard, backendText);
  d.annotations("Annotations", metadata.annotations);
  await addEvents(d, ingress, around);
}

function addTls(d: Description, tls: IngressSpec["tls"] = []): void {
  if (tls.length) d.line(0, "TLS:");
  for (const { secretName, hosts = [] } of tls) d.line(1, `${secretName ? `${secretName} terminates` : "SNI routes"} ${hosts.join(",")}`);
}

async function addRules(
  d: Description,
  { rules = [] }: IngressSpec,
  standard: string,
  backendText: (backend: IngressBackend) => Promise<string>,
): Promise<void> {
  d.line(0, "Rules:");
  d.line(1, "Host", "Path", "Backends");
  d.line(1, "----", "----", "--------");
  const routed = rules.filter((rule) => rule.http);
  for (const { host, http } of routed) {
    d.line(1, host || "*", "");
    for (const { path = "", backend } of http?.paths ?? []) d.line(2, "", `${path} `, await backendText(backend));
  }
  if (!routed.length) d.line(1, "*", "*", standard);
}

async function describeBackend(
  namespace: string | undefined,
  { service, resource }: IngressBackend,
  around: Surroundings,
): Promise<string> {
  if (resource) return `APIGroup: ${resource.apiGroup ?? "<none>"}, Kind: ${resource.kind}, Name: ${resource.name}`;
  if (!service) return "";
  const name = `${service.name}:${service.port?.number || service.port?.name || ""}`;
  try {
    const portName = await portNameOf(namespace, service, around);
    return `${name} (${(await endpointsOf(namespace, service.name, around))(portName)})`;
  } catch (error) {
    return `${name} (<error: ${(error as Error).message}>)`;
  }
}

async function portNameOf(namespace: string | undefined, { name, port }: IngressServiceBackend, { client }: Surroundings): Promise<string> {
  const { spec } = await client.get(LOOKUP.services, { namespace, name });
  const found = spec?.ports?.findLast((p) => (port?.number ? p.port === port.number : port?.name && p.name === port.name));
  return found?.name ?? "";
}
