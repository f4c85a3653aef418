import type { Service } from "@wherry/api";
import type { RestContext } from "../rest/context.ts";
import type { ServiceResolver } from "./webhook-client.ts";

/** Reaches services by their cluster IP, or the name that they stand for. Source: kube-aggregator `proxy.ResolveCluster`. */
export function clusterIPResolver({ registry, cache }: Pick<RestContext, "registry" | "cache">): ServiceResolver {
  return ({ name, namespace, port }) => {
    const kind = registry.byKind("v1", "Service");
    const services = kind && cache.resource(kind);
    const service = services?.get(`${services.prefix(namespace)}${name}`)?.object() as Service | undefined;
    if (!service) throw new Error(`service ${JSON.stringify(name)} not found`);
    const { type, clusterIP, externalName = "", ports } = service.spec ?? {};
    if (type === "ExternalName") return { host: externalName, port };
    if (!ports?.some((one) => one.port === port)) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
    if (!clusterIP || clusterIP === "None") throw new Error(`cannot route to service with ClusterIP ${JSON.stringify(clusterIP ?? "")}`);
    return { host: clusterIP, port };
  };
}
