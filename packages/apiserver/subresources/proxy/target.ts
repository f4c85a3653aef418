import type { Endpoints, Node, Pod, Service } from "@wherry/api";
import { badRequest, notFound } from "@wherry/base";
import { unavailable } from "../../errors.ts";
import type { ResourceCall, RestContext } from "../../rest/context.ts";
import { keyIn } from "../../rest/context.ts";

/** What is connected to. A pod is reached through its node's agent; an address from this server; an agent with this server's own certificate. */
export type Place =
  | { at: "pod"; nodeName: string; namespace: string; name: string; port: number }
  | { at: "address"; host: string; port: number }
  | { at: "agent"; nodeName: string };

/** Where a proxied request goes. */
export interface Target {
  place: Place;
  secure: boolean;
  /** `host:port`, as links and redirects may name it. */
  host: string;
}

interface SchemeNamePort {
  scheme: string;
  name: string;
  port: string;
}

/** Takes `[scheme:]name[:port]` apart; undefined when it is none. Source: apimachinery `net.SplitSchemeNamePort`. */
export function splitSchemeNamePort(id: string): SchemeNamePort | undefined {
  const parts = id.split(":");
  const [scheme, name, port] = parts.length === 1 ? ["", id, ""] : parts.length === 2 ? ["", parts[0], parts[1]] : parts;
  if (parts.length > 3 || !name || (scheme !== "" && scheme !== "http" && scheme !== "https")) return undefined;
  return { scheme: scheme ?? "", name, port: port ?? "" };
}

/** Finds what a call of a `proxy` subresource is about. Throws a StatusError. Source: `ResourceLocation` of core's pods, services and nodes. */
export async function targetOf(context: RestContext, call: ResourceCall): Promise<Target> {
  const { plural } = call.kind;
  const words = splitSchemeNamePort(call.name ?? "");
  if (!words) throw badRequest(`invalid ${plural.slice(0, -1)} request ${JSON.stringify(call.name)}`);
  await context.cache.fresh();
  const find = <O>(kind: string, name: string, namespace = call.namespace) => read<O>(context, kind, namespace, name);
  if (plural === "pods") return podTarget(required(find<Pod>("Pod", words.name), plural, words.name), words);
  if (plural === "nodes") return nodeTarget(required(find<Node>("Node", words.name, undefined), plural, words.name), words);
  return serviceTarget(
    required(find<Service>("Service", words.name), plural, words.name),
    find<Endpoints>("Endpoints", words.name),
    words,
    call,
  );
}

function read<O>({ registry, cache }: RestContext, kind: string, namespace: string | undefined, name: string): O | undefined {
  const definition = registry.byKind("v1", kind);
  const resource = definition && cache.resource(definition);
  return resource?.get(keyIn(resource, namespace, name))?.object() as O | undefined;
}

function required<O>(object: O | undefined, resource: string, name: string): O {
  if (!object) throw notFound({ group: "", resource }, name);
  return object;
}

function podTarget(pod: Pod, { scheme, port }: SchemeNamePort): Target {
  const { name, namespace = "" } = pod.metadata;
  const ip = pod.status?.podIP;
  const number = portNumber(port || String(pod.spec.containers.find((c) => c.ports?.length)?.ports?.[0]?.containerPort ?? ""), scheme);
  if (!ip || !pod.spec.nodeName) throw badRequest("address not allowed");
  return {
    place: { at: "pod", nodeName: pod.spec.nodeName, namespace, name, port: number },
    secure: scheme === "https",
    host: `${ip}:${number}`,
  };
}

function serviceTarget(
  service: Service,
  endpoints: Endpoints | undefined,
  { scheme, name, port }: SchemeNamePort,
  call: ResourceCall,
): Target {
  const portName = namedPort(service, port, name);
  const subsets = endpoints?.subsets ?? [];
  if (subsets.length === 0) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  for (const { addresses = [], ports = [] } of subsets) {
    const found = ports.find((p) => (p.name ?? "") === portName);
    const address = addresses[Math.floor(Math.random() * addresses.length)];
    if (!found || !address) continue;
    const { ip, nodeName, targetRef } = address;
    const isPod = targetRef?.kind === "Pod" && targetRef.name && nodeName;
    const place: Place = isPod
      ? { at: "pod", nodeName, namespace: targetRef.namespace ?? call.namespace ?? "", name: targetRef.name as string, port: found.port }
      : { at: "address", host: ip, port: found.port };
    return { place, secure: scheme === "https", host: `${ip}:${found.port}` };
  }
  throw unavailable(`no endpoints available for service ${JSON.stringify(call.name)}`);
}

/** Endpoints know ports by name: a number is that of one of the service's. */
function namedPort(service: Service, port: string, name: string): string {
  if (!/^\d+$/.test(port)) return port;
  const found = service.spec?.ports?.find((p) => p.port === Number(port));
  if (!found) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  return found.name ?? "";
}

function nodeTarget(node: Node, { scheme, name, port }: SchemeNamePort): Target {
  const own = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  const addresses = node.status?.addresses ?? [];
  const host = ["InternalIP", "ExternalIP", "Hostname"].map((type) => addresses.find((a) => a.type === type)?.address).find(Boolean);
  if (!port || port === String(own)) return { place: { at: "agent", nodeName: name }, secure: true, host: `${host}:${own}` };
  if (!host) throw unavailable(`no preferred addresses found; known addresses: []`);
  const number = portNumber(port, scheme);
  return { place: { at: "address", host, port: number }, secure: scheme === "https", host: `${host}:${number}` };
}

function portNumber(text: string, scheme: string): number {
  const port = text === "" ? (scheme === "https" ? 443 : 80) : Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw badRequest(`invalid port ${JSON.stringify(text)}: it must be a number from 1 to 65535`);
}
