import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import {
  type ClusterConfig,
  checkName,
  contextName,
  DATA_VERSION,
  DEFAULT_NAME,
  dataDirectory,
  readConfig,
  writeConfig,
} from "./config.ts";
import { requireEngine } from "./docker-ping.ts";
import { freePort, freeRange, hostAddress, overlap, parseCIDR, portIsFree, routedRanges } from "./host-network.ts";
import { mergeKubeconfig, userKubeconfig } from "./kubeconfig-file.ts";
import { exclusively, runningPid, startProcess } from "./process.ts";

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

/**
 * Brings the cluster up, or the parts of it that do not run, and returns when the node is Ready. Idempotent.
 * `program` is the command line that runs this wherry.
 */
export async function up(options: UpOptions, program: readonly string[], print: (line: string) => void): Promise<void> {
  const name = options.name ?? DEFAULT_NAME;
  checkName(name);
  if (process.getuid?.() !== 0)
    throw new UsageError("`wherry up` makes network devices and rules, which only root may: run `sudo wherry up`");
  const dataDir = dataDirectory(name, options.dataDir);
  await exclusively(dataDir, async () => {
    const saved = readConfig(dataDir);
    const serverRuns = runningPid(dataDir, "server") !== undefined;
    const config = await decide(name, options, saved, serverRuns);
    await requireEngine(config.docker);
    writeConfig(dataDir, config);
    const begun = performance.now();
    if (!serverRuns) await startProcess(dataDir, "server", program, serverArguments(dataDir, config));
    const agentRuns = runningPid(dataDir, "agent") !== undefined;
    if (!agentRuns) await startProcess(dataDir, "agent", program, agentArguments(dataDir, config));
    await mergeKubeconfig(config.kubeconfig, readFileSync(adminKubeconfig(dataDir), "utf8"));
    const took = serverRuns && agentRuns ? "was up already" : `is up after ${((performance.now() - begun) / 1000).toFixed(1)} s`;
    print(`Cluster ${name} ${took}: https://127.0.0.1:${config.apiPort}, node ${config.nodeName}`);
    print(`kubectl --kubeconfig ${config.kubeconfig} --context ${contextName(name)} get nodes`);
  });
}

async function decide(name: string, options: UpOptions, saved: ClusterConfig | undefined, running: boolean): Promise<ClusterConfig> {
  const kubeconfig = options.kubeconfig ? resolve(options.kubeconfig) : (saved?.kubeconfig ?? userKubeconfig());
  if (saved) return { ...(await reconcile(saved, options, running)), kubeconfig };
  const taken = routedRanges();
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
    nodeIP: hostAddress() ?? firstAddress(podCIDR),
    kubeconfig,
  };
}

/** A cluster that exists keeps its ranges; its port and its engine may change while it is down. */
async function reconcile(saved: ClusterConfig, options: UpOptions, running: boolean): Promise<ClusterConfig> {
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
    nodeIP: hostAddress() ?? saved.nodeIP,
  };
  if (running && (wanted.apiPort !== saved.apiPort || wanted.docker !== saved.docker)) {
    throw new UsageError(`the cluster runs already, on port ${saved.apiPort} and ${saved.docker}: \`wherry down\` first to change that`);
  }
  if (!running && !(await portIsFree(wanted.apiPort))) throw portTaken(wanted.apiPort);
  return wanted;
}

function checkRanges(podCIDR: string, serviceCIDR: string, taken: ReturnType<typeof routedRanges>): void {
  const pods = parseCIDR(podCIDR, "--pod-cidr");
  const services = parseCIDR(serviceCIDR, "--service-cidr");
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

const portTaken = (port: number) =>
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

/** Where the server leaves the admin's kubeconfig. */
export const adminKubeconfig = (dataDir: string): string => join(dataDir, "pki", "admin.kubeconfig");

function serverArguments(dataDir: string, c: ClusterConfig): string[] {
  return [
    ...["--name", c.name, "--data-dir", dataDir, "--api-port", String(c.apiPort), "--node-name", c.nodeName],
    ...["--advertise-address", c.nodeIP, "--pod-cidr", c.podCIDR, "--service-cidr", c.serviceCIDR],
  ];
}

/** The flags of the agent that runs on the control plane's own host. */
export function agentArguments(dataDir: string, c: ClusterConfig): string[] {
  return [
    ...["--name", c.name, "--data-dir", dataDir, "--node-name", c.nodeName, "--node-ip", c.nodeIP, "--docker", c.docker],
    ...["--pod-cidr", c.podCIDR, "--service-cidr", c.serviceCIDR],
    ...["--credentials", join(dataDir, "pki", "nodes", `${c.nodeName}.json`)],
  ];
}
