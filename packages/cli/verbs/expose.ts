import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, writeFlags } from "../flags.ts";
import { type Found, findObjects, forEach } from "../objects.ts";
import { report, type WriteFlags } from "../output/report.ts";
import { type OverrideOptions, overridden, overrideFlags } from "../overrides.ts";
import { definitionOf } from "../resource-catalogue.ts";
import type { TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";
import { integer, intOrString, type Manifest, manifest } from "./create/generator.ts";

interface ExposeOptions extends ConnectionOptions, TargetOptions, WriteFlags, OverrideOptions {
  name?: string;
  port?: string;
  targetPort?: string;
  protocol?: string;
  type?: string;
  selector?: string;
  labels?: string;
  clusterIp?: string;
  externalIp?: string;
  loadBalancerIp?: string;
  sessionAffinity?: string;
}

/** `wherry expose`. */
export const verb: Verb = {
  description: "make a service for the pods of an object",
  words: "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--type=type]",
  client: true,
  completes: "objects",
  flags: (command) =>
    overrideFlags(writeFlags(fileFlags(command)))
      .option("--name <name>", "the service's name, when it is not that of the object")
      .option("--port <port>", "the service's port, or several between commas; that of the containers unless given")
      .option("--target-port <port>", "the port of the containers, as number or name")
      .option("--protocol <protocol>", "TCP, UDP or SCTP")
      .option("--type <type>", "ClusterIP, NodePort, LoadBalancer or ExternalName")
      .option("--selector <selector>", "which pods, when not those of the object")
      .option("-l, --labels <key=value>", "the service's labels")
      .option("--cluster-ip <address>", "its address inside the cluster, or None")
      .option("--external-ip <address>", "one more address that leads to it")
      .option("--load-balancer-ip <address>", "its address outside the cluster")
      .option("--session-affinity <mode>", "None or ClientIP"),
  run: (words, options: ExposeOptions, { write }) => expose(words, options, write),
};

async function expose(words: string[], options: ExposeOptions, write: (text: string) => void): Promise<void> {
  const connection = await connect(options);
  try {
    const found = await findObjects(connection, words, {
      filename: options.filename,
      recursive: options.recursive,
      kustomize: options.kustomize,
    });
    await forEach(found, async ({ resource, object }) => {
      const service = await overridden(serviceFor({ resource, object }, options), options);
      write(await makeService(connection, service, object.metadata.namespace, options));
    });
  } finally {
    connection.close();
  }
}

async function makeService(
  connection: Connection,
  service: Manifest,
  namespace: string | undefined,
  options: ExposeOptions,
): Promise<string> {
  const resource = await connection.resources.find("services");
  const placed = { ...service, metadata: { ...service.metadata, namespace } } as Manifest;
  if (options.dryRun === "client") return report(placed as ApiObject, resource, "exposed", options);
  const send = { dryRun: options.dryRun === "server", fieldManager: options.fieldManager ?? "kubectl-expose" };
  return report(await connection.client.create(definitionOf(resource), placed, send), resource, "exposed", options);
}

/** The service that kubectl would make. Throws a UsageError where the object has no pods or no port. Source: kubectl pkg/cmd/expose/expose.go. */
export function serviceFor({ resource, object }: Found, options: ExposeOptions): Manifest {
  const exposable = ["Service", "Pod", "ReplicationController", "Deployment", "ReplicaSet"];
  if (!exposable.includes(object.kind)) throw new UsageError(`cannot expose a ${object.kind}${resource.group && `.${resource.group}`}`);
  const name = options.name ?? object.metadata.name.slice(0, 63);
  const selector = options.selector ? labels(options.selector) : selectorOf(object);
  const ports = portsOf(object, options);
  const own = options.labels === undefined ? object.metadata.labels : labels(options.labels);
  const spec = {
    ...(ports.length > 0 && { ports }),
    selector,
    ...(options.type && { type: options.type }),
    ...(options.clusterIp && { clusterIP: options.clusterIp }),
    ...(options.externalIp && { externalIPs: [options.externalIp] }),
    ...(options.loadBalancerIp && { loadBalancerIP: options.loadBalancerIp }),
    ...(options.sessionAffinity && { sessionAffinity: options.sessionAffinity }),
  };
  return manifest("v1", "Service", { name, ...(own && { labels: own }) }, { spec, status: { loadBalancer: {} } });
}

interface Exposable {
  spec?: {
    selector?: Record<string, string> & { matchLabels?: Record<string, string>; matchExpressions?: unknown[] };
    ports?: Port[];
    containers?: { ports?: Port[] }[];
    template?: Exposable;
  };
}

interface Port {
  port?: number;
  containerPort?: number;
  protocol?: string;
}

function selectorOf(object: ApiObject): Record<string, string> {
  if (object.kind === "Pod") {
    if (!Object.keys(object.metadata.labels ?? {}).length)
      throw new UsageError("couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed");
    return object.metadata.labels as Record<string, string>;
  }
  const selector = (object as Exposable).spec?.selector;
  if (selector?.matchExpressions?.length)
    throw new UsageError(
      "couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions to a map-based selector format",
    );
  const found = /^(Service|ReplicationController)$/.test(object.kind) ? selector : selector?.matchLabels;
  if (!found || !Object.keys(found).length)
    throw new UsageError(`couldn't retrieve selectors via --selector flag or introspection: the ${object.kind} has no pod selector set`);
  return found;
}

function portsOf(object: ApiObject, options: ExposeOptions): object[] {
  const { spec } = object as Exposable;
  const known =
    object.kind === "Service" ? (spec?.ports ?? []) : ((spec?.template?.spec ?? spec)?.containers ?? []).flatMap((c) => c.ports ?? []);
  const number = (port: Port) => port.port ?? port.containerPort;
  const given = options.port?.split(",").map((text) => integer(text, "port"));
  if (!given && options.clusterIp === "None" && !known.length) return [];
  if (!given && !known.length) throw new UsageError("couldn't find port via --port flag or introspection");
  const numbers = given ?? [...new Set(known.map((port) => number(port) as number))];
  return numbers.map((port, i) => ({
    ...(numbers.length > 1 && { name: `port-${i + 1}` }),
    port,
    protocol: options.protocol?.toUpperCase() ?? known.find((p) => number(p) === port)?.protocol ?? "TCP",
    targetPort: options.targetPort === undefined ? port : intOrString(options.targetPort),
  }));
}

function labels(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [key, value, ...more] = pair.split("=");
      if (!key || value === undefined || more.length) throw new UsageError(`invalid label spec: ${pair}`);
      return [key, value];
    }),
  );
}
