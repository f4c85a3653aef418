import type { Service } from "@wherry/api";

/**
 * The variables that tell a container where services are: `WEB_SERVICE_HOST`, `WEB_SERVICE_PORT`, `WEB_PORT_80_TCP_ADDR` and so on. Services
 * without a virtual address have none. Source: pkg/kubelet/envvars.
 */
export function serviceLinks(services: readonly Service[]): Map<string, string> {
  const env = new Map<string, string>();
  for (const service of services) {
    const ip = service.spec?.clusterIP;
    if (!ip || ip === "None" || !service.spec?.ports?.length) continue;
    addService(env, variableName(service.metadata.name), ip, service.spec.ports);
  }
  return env;
}

type Ports = NonNullable<NonNullable<Service["spec"]>["ports"]>;

function addService(env: Map<string, string>, prefix: string, ip: string, ports: Ports): void {
  env.set(`${prefix}_SERVICE_HOST`, ip);
  env.set(`${prefix}_SERVICE_PORT`, String(ports[0]!.port));
  for (const { name, port } of ports) if (name) env.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port));
  ports.forEach(({ port, protocol = "TCP" }, index) => {
    const url = `${protocol.toLowerCase()}://${ip}:${port}`;
    if (index === 0) env.set(`${prefix}_PORT`, url);
    const of = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    env.set(of, url);
    env.set(`${of}_PROTO`, protocol.toLowerCase());
    env.set(`${of}_PORT`, String(port));
    env.set(`${of}_ADDR`, ip);
  });
}

const variableName = (name: string): string => name.replaceAll("-", "_").toUpperCase();

/**
 * The services a pod is told of: those of its namespace, and always the API's own `default/kubernetes`; only that one when
 * `enableServiceLinks` is false. The pod's namespace wins over a name clash.
 */
export function linkedServices(
  all: { get(name: string, namespace: string): Service | undefined; list(namespace: string): Service[] },
  namespace: string,
  enabled: boolean,
): Service[] {
  const own = enabled ? all.list(namespace) : [];
  const api = all.get("kubernetes", "default");
  return api && !own.some((s) => s.metadata.name === "kubernetes") ? [api, ...own] : own;
}
