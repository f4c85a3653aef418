import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { commaList } from "../../flags.ts";
import { type Generator, integer, intOrString, manifest, nameOf } from "./generator.ts";

interface Options {
  tcp?: string[];
  clusterip?: string;
  nodePort?: string;
  externalName?: string;
}

const declarePorts = (command: Command) => command.option("--tcp <port[:target]>", "a port (repeatable)", commaList);

/** `wherry create service clusterip NAME --tcp=port:targetPort`. */
export const clusterIpService: Generator<Options> = {
  usage: "NAME [--tcp=<port>:<targetPort>] [--clusterip=None]",
  description: "make a service with an address inside the cluster",
  declare: (command) => void declarePorts(command).option("--clusterip <address>", "the address, or None for a headless service"),
  generate: (words, options) => service("ClusterIP", words, options),
};

/** `wherry create service nodeport NAME --tcp=port:targetPort`. */
export const nodePortService: Generator<Options> = {
  usage: "NAME [--tcp=port:targetPort] [--node-port=port]",
  description: "make a service with a port on every node",
  declare: (command) => void declarePorts(command).option("--node-port <port>", "the port on the nodes", "0"),
  generate: (words, options) => service("NodePort", words, options),
};

/** `wherry create service loadbalancer NAME --tcp=port:targetPort`. */
export const loadBalancerService: Generator<Options> = {
  usage: "NAME [--tcp=port:targetPort]",
  description: "make a service with an address outside the cluster",
  declare: (command) => void declarePorts(command),
  generate: (words, options) => service("LoadBalancer", words, options),
};

/** `wherry create service externalname NAME --external-name=external.name`. */
export const externalNameService: Generator<Options> = {
  usage: "NAME --external-name=external.name",
  description: "make a service that is another name's alias",
  declare: (command) => void declarePorts(command).option("--external-name <name>", "the name it stands for"),
  generate: (words, options) => service("ExternalName", words, options),
};

/** Source: kubectl pkg/cmd/create/create_service.go. */
function service(type: string, words: readonly string[], options: Options) {
  const name = nameOf(words);
  if (type === "ExternalName" && !options.externalName) throw new UsageError('required flag(s) "external-name" not set');
  const headless = options.clusterip === "None";
  if (!options.tcp && !headless && type !== "ExternalName") throw new UsageError("at least one tcp port specifier must be provided");
  if (options.tcp && headless) throw new UsageError("can not map ports with clusterip=None");
  const nodePort = integer(options.nodePort ?? "0", "node-port");
  const ports = (options.tcp ?? []).map((text) => ({ ...port(text), ...(nodePort !== 0 && { nodePort }) }));
  const labels = { app: name };
  const spec = {
    type,
    ...(options.clusterip && { clusterIP: options.clusterip }),
    ...(options.externalName && { externalName: options.externalName }),
    ...(ports.length > 0 && { ports }),
    selector: labels,
  };
  return manifest("v1", "Service", { name, labels }, { spec, status: { loadBalancer: {} } });
}

function port(text: string): object {
  const [first = "", second, ...more] = text.split(":");
  if (more.length) throw new UsageError(`invalid port format '${text}', expected 'port' or 'port:port'`);
  if (!/^\d+$/.test(first) || Number(first) > 65535) throw new UsageError(`parsing ${JSON.stringify(first)}: invalid port`);
  return { name: text.replace(":", "-"), port: Number(first), protocol: "TCP", targetPort: intOrString(second ?? first) };
}
