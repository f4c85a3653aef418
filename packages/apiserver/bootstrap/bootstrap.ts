import { SYSTEM_PRIORITY_CLASSES } from "@wherry/api";
import type { KindDefinition } from "@wherry/machinery";
import { addressAt, parseCidr } from "@wherry/network";
import { DEFAULT_BINDINGS, DEFAULT_ROLES } from "../authorization/rbac/default-roles.ts";
import { type AnyObject, keyIn, type RestContext } from "../rest/context.ts";
import { createObject } from "../rest/create.ts";
import { modify } from "../rest/modify.ts";
import { listLocalAPIServices } from "./api-services.ts";
import { SELF } from "./self.ts";

/** Where the API is reached from within the cluster. */
export interface Advertised {
  address: string;
  port: number;
}

const NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];
const RBAC = "rbac.authorization.k8s.io/v1";
const NAME = "kubernetes";
const PORT_NAME = "https";
/** The tenth address of the service range, as in every Kubernetes installer. */
const DNS_ADDRESS = 10;

/**
 * Makes what every cluster has: its namespaces, the system's priority classes, the default roles, and the `kubernetes` service on the first address of the service range, whose endpoints are this
 * server. Idempotent; endpoints follow a changed address. Source: upstream's `controlplane/controller/kubernetesservice`, `systemnamespaces`.
 */
export async function bootstrap(context: RestContext, options: { serviceCIDR: string; advertise?: Advertised | undefined }): Promise<void> {
  for (const name of NAMESPACES) await ensure(context, "v1", "Namespace", undefined, { metadata: { name } });
  for (const { name, value, description } of SYSTEM_PRIORITY_CLASSES)
    await ensure(context, "scheduling.k8s.io/v1", "PriorityClass", undefined, { metadata: { name }, value, description });
  for (const role of DEFAULT_ROLES) await ensure(context, RBAC, "ClusterRole", undefined, role as Parts);
  for (const binding of DEFAULT_BINDINGS) await ensure(context, RBAC, "ClusterRoleBinding", undefined, binding as Parts);
  await listLocalAPIServices(context);
  const { advertise } = options;
  const range = parseCidr(options.serviceCIDR);
  await ensure(context, "v1", "Service", "default", service(addressAt(range, 1), advertise?.port ?? 6443), ["spec"]);
  await ensure(context, "v1", "Service", "kube-system", dnsService(addressAt(range, DNS_ADDRESS)));
  // Endpoints may not be loopback addresses: another host, and every pod, would find itself there.
  if (!advertise || advertise.address.startsWith("127.")) return;
  const metadata = { name: NAME, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } };
  const ports = [{ name: PORT_NAME, port: advertise.port, protocol: "TCP" }];
  await ensure(context, "v1", "Endpoints", "default", { metadata, subsets: [{ addresses: [{ ip: advertise.address }], ports }] }, [
    "subsets",
  ]);
  await ensure(context, "discovery.k8s.io/v1", "EndpointSlice", "default", slice(advertise), ["endpoints", "ports"]);
}

function service(clusterIP: string, targetPort: number): Parts {
  return {
    metadata: { name: NAME, labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      type: "ClusterIP",
      clusterIP,
      clusterIPs: [clusterIP],
      sessionAffinity: "None",
      ports: [{ name: PORT_NAME, port: 443, protocol: "TCP", targetPort }],
    },
  };
}

/** Keeps the cluster's DNS address from being given to another service. The agent of each node answers on it by itself: there are no endpoints. */
function dnsService(clusterIP: string): Parts {
  const labels = { "k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS" };
  const ports = [
    { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
    { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
  ];
  return { metadata: { name: "kube-dns", labels }, spec: { type: "ClusterIP", clusterIP, clusterIPs: [clusterIP], ports } };
}

function slice({ address, port }: Advertised): Parts {
  return {
    metadata: { name: NAME, labels: { "kubernetes.io/service-name": NAME } },
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: PORT_NAME, port, protocol: "TCP" }],
  };
}

type Parts = { metadata: { name: string; labels?: Record<string, string> } } & Record<string, unknown>;

/** Creates an object that is not there; where it is, makes `owned` fields be as given. A registry without the kind has no such object. */
async function ensure(
  context: RestContext,
  apiVersion: string,
  kindName: string,
  namespace: string | undefined,
  parts: Parts,
  owned: readonly string[] = [],
): Promise<void> {
  const kind = context.registry.byKind(apiVersion, kindName);
  if (!kind) return;
  const cache = context.cache.resource(kind);
  if (cache.get(keyIn(cache, namespace, parts.metadata.name))) {
    if (owned.length > 0) await setFields(context, kind, namespace, parts, owned);
    return;
  }
  const object = { apiVersion, kind: kindName, ...parts } as unknown as AnyObject;
  const call = { kind, ...(namespace && { namespace }), request: { user: SELF } };
  await createObject(context, call, object, { dryRun: false, warnings: [] });
}

async function setFields(
  context: RestContext,
  kind: KindDefinition,
  namespace: string | undefined,
  parts: Parts,
  owned: readonly string[],
) {
  const { name } = parts.metadata;
  await modify(context, { operation: "update", kind, namespace, name, dryRun: false, user: SELF, warnings: [] }, (current) => ({
    ...current,
    ...Object.fromEntries(owned.map((field) => [field, parts[field]])),
  }));
}
