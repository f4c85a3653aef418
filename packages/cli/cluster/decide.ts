import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { type ClusterConfig, DATA_VERSION } from "./config.ts";
import {
  clusterRange,
  freePort,
  freeRange,
  hostAddress,
  interfaceRanges,
  overlap,
  parseCIDR,
  portIsFree,
  routedRanges,
} from "./host-network.ts";
import { userKubeconfig } from "./kubeconfig-file.ts";

/** The flags of `wherry up`, as typed. */
export interface UpOptions {
  name?: string;
  dataDir?: string;
  apiPort?: string;
  docker?: string;
  podCidr?: string;
  serviceCidr?: string;
  kubeconfig?: string;
}

const FIRST_API_PORT = 6443;
/** 10.N.0.0/16: upstream's customary pod and service ranges, and the ones after them for further clusters. */
const FIRST_POD_RANGE = 244;
const FIRST_SERVICE_RANGE = 96;

/** What the decisions look at on this host. */
export interface Host {
  /** What its routes cover already, and its own networks. */
  taken: ReturnType<typeof routedRanges>;
  address?: string;
}

const thisHost = (): Host => ({ taken: [...routedRanges(), ...interfaceRanges()], address: hostAddress() });

/** What the cluster is like: as it was saved, else as the flags say, else what is free on this host. Throws a UsageError for what cannot be. */
export async function decide(
  name: string,
  options: UpOptions,
  saved: ClusterConfig | undefined,
  running: boolean,
  host = thisHost(),
): Promise<ClusterConfig> {
  const kubeconfig = options.kubeconfig ? resolve(options.kubeconfig) : (saved?.kubeconfig ?? userKubeconfig());
  if (saved) return { ...(await reconcile(saved, options, running, host)), kubeconfig };
  const { taken } = host;
  const podCIDR = options.podCidr ?? freeRange(FIRST_POD_RANGE, taken, "--pod-cidr");
  const serviceCIDR = options.serviceCidr ?? freeRange(FIRST_SERVICE_RANGE, [...taken, parseCIDR(podCIDR, "--pod-cidr")], "--service-cidr");
  checkRanges(podCIDR, serviceCIDR, taken);
  return {
    version: DATA_VERSION,
    name,
    apiPort: options.apiPort === undefined ? await freePort(FIRST_API_PORT) : await givenPort(options.apiPort),
    podCIDR,
    serviceCIDR,
    docker: dockerSocket(options.docker),
    nodeName: hostname().toLowerCase(),
    nodeIP: host.address ?? firstAddress(podCIDR),
    kubeconfig,
  };
}

/** A cluster that exists keeps its ranges; its port and its engine may change while it is down. */
async function reconcile(saved: ClusterConfig, options: UpOptions, running: boolean, host: Host): Promise<ClusterConfig> {
  for (const [flag, given, kept] of [
    ["--pod-cidr", options.podCidr, saved.podCIDR],
    ["--service-cidr", options.serviceCidr, saved.serviceCIDR],
    ["--name", options.name, saved.name],
  ] as const) {
    if (given !== undefined && given !== kept)
      throw new UsageError(
        `${flag} ${given}: this cluster was made with ${kept}; \`wherry down --purge\` it first, or use another --data-dir`,
      );
  }
  const wanted = {
    ...saved,
    apiPort: options.apiPort === undefined ? saved.apiPort : parsePort(options.apiPort),
    docker: options.docker === undefined ? saved.docker : dockerSocket(options.docker),
    nodeIP: host.address ?? saved.nodeIP,
  };
  if (running && (wanted.apiPort !== saved.apiPort || wanted.docker !== saved.docker)) {
    throw new UsageError(`the cluster runs already, on port ${saved.apiPort} and ${saved.docker}: \`wherry down\` first to change that`);
  }
  if (!running && !(await portIsFree(wanted.apiPort))) throw portTaken(wanted.apiPort);
  return wanted;
}

function checkRanges(podCIDR: string, serviceCIDR: string, taken: ReturnType<typeof routedRanges>): void {
  const pods = clusterRange(podCIDR, "--pod-cidr");
  const services = clusterRange(serviceCIDR, "--service-cidr");
  if (overlap(pods, services)) throw new UsageError(`--pod-cidr ${podCIDR} and --service-cidr ${serviceCIDR} overlap: choose ranges apart`);
  if (taken.some((t) => overlap(t, pods)))
    throw new UsageError(`--pod-cidr ${podCIDR} overlaps a route of this host (see \`ip route\`): choose another`);
  if (taken.some((t) => overlap(t, services)))
    throw new UsageError(`--service-cidr ${serviceCIDR} overlaps a route of this host (see \`ip route\`): choose another`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new UsageError(`--api-port ${JSON.stringify(text)}: must be between 1 and 65535`);
  return port;
}

async function givenPort(text: string): Promise<number> {
  const port = parsePort(text);
  if (!(await portIsFree(port))) throw portTaken(port);
  return port;
}

/** What to say when a port is not free. */
export const portTaken = (port: number) =>
  new UsageError(
    `port ${port} is taken by another program (see \`ss -ltnp 'sport = ${port}'\`): end it, or choose another with --api-port`,
  );

/** `--docker`, else DOCKER_HOST, else Docker's usual place. */
function dockerSocket(given?: string): string {
  const address = given ?? process.env.DOCKER_HOST ?? "/var/run/docker.sock";
  const path = address.replace(/^unix:\/\//, "");
  if (!path.startsWith("/"))
    throw new UsageError(`Docker at ${address}: only a local socket such as /var/run/docker.sock can run pods; name it with --docker`);
  if (existsSync(path) || given === undefined) return path;
  throw new UsageError(`--docker ${given}: there is no such socket`);
}

const firstAddress = (cidr: string) => cidr.replace(/\.\d+\/\d+$/, ".1");
