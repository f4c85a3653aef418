import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runAgent } from "@wherry/agent";
import { createLogger, type Logger, runProcess, systemClock } from "@wherry/base";
import { createClient, httpsTransport } from "@wherry/client";
import { nameserversOf, startDns } from "@wherry/dns";
import { createLinuxNetwork } from "@wherry/network-linux";
import { createDockerRuntime } from "@wherry/runtime-docker";
import { clearHost } from "./clear-host.ts";
import { readCredentials } from "./credentials.ts";

const USAGE = `Usage: wherry agent --data-dir FOLDER --credentials FILE --node-name NAME --node-ip IP [flags]

  --name NAME               the cluster's name (default)
  --data-dir FOLDER         where this node's files are kept, in FOLDER/agent
  --credentials FILE        what the control plane left for this node in its pki/nodes folder
  --node-name NAME          the node's name, as in its credentials
  --node-ip IP              the address at which other nodes and the control plane reach this one
  --docker SOCKET           the Docker Engine's socket (/var/run/docker.sock)
  --port PORT               where logs and exec are served (any free port)
  --pod-cidr RANGE          the whole cluster's pod addresses (10.244.0.0/16)
  --service-cidr RANGE      the cluster's service addresses (10.96.0.0/16)
  --stop-pods               end all that the cluster runs on this host, and return
  --purge                   the same, and remove the node's files
`;

const FLAGS = {
  name: { type: "string", default: "default" },
  "data-dir": { type: "string" },
  credentials: { type: "string" },
  "node-name": { type: "string" },
  "node-ip": { type: "string" },
  docker: { type: "string", default: "/var/run/docker.sock" },
  port: { type: "string", default: "0" },
  "pod-cidr": { type: "string", default: "10.244.0.0/16" },
  "service-cidr": { type: "string", default: "10.96.0.0/16" },
  "stop-pods": { type: "boolean", default: false },
  purge: { type: "boolean", default: false },
  help: { type: "boolean", short: "h" },
} as const;

type Flags = ReturnType<typeof parseFlags>;

const parseFlags = (words: string[]) => parseArgs({ args: words, options: FLAGS }).values;

const CLUSTER_DOMAIN = "cluster.local";

/** Runs a worker node until it is asked to stop; its containers go on. */
export async function main(words: string[]): Promise<void> {
  const flags = parseFlags(words);
  const { "data-dir": folder, credentials, "node-name": nodeName, "node-ip": nodeIP } = flags;
  if (flags.help || !folder || !credentials || !nodeName || !nodeIP) {
    process.stdout.write(USAGE);
    process.exitCode = flags.help ? 0 : 2;
    return;
  }
  const log = createLogger();
  const dataDir = join(folder, "agent");
  if (flags.purge || flags["stop-pods"]) return clearHost({ ...drivers(flags, dataDir, log), dataDir, purge: flags.purge, log });
  await runProcess(log, (signal) => serve({ flags, dataDir, credentials, nodeName, nodeIP, log, signal }));
}

function drivers(flags: Flags, dataDir: string, log: Logger) {
  const runtime = createDockerRuntime({ cluster: flags.name, socket: `unix://${flags.docker}`, stateDir: join(dataDir, "runtime"), log });
  return { runtime, network: createLinuxNetwork({ cluster: flags.name, log }) };
}

interface Serving {
  flags: Flags;
  dataDir: string;
  credentials: string;
  nodeName: string;
  nodeIP: string;
  log: Logger;
  signal: AbortSignal;
}

async function serve({ flags, dataDir, credentials, nodeName, nodeIP, log, signal }: Serving): Promise<() => Promise<void>> {
  const { server, ca, client: own, serving } = readCredentials(credentials);
  const client = createClient(httpsTransport({ server, ca, ...own, userAgent: "wherry-agent" }));
  const { runtime, network } = drivers(flags, dataDir, log);
  const clusterDNS = dnsAddress(flags["service-cidr"]);
  const agent = runAgent({
    client,
    runtime,
    streams: runtime,
    network,
    cluster: flags.name,
    nodeName,
    nodeIP,
    dataDir,
    clusterDNS,
    clusterDomain: CLUSTER_DOMAIN,
    clusterCIDR: flags["pod-cidr"],
    serviceCIDR: flags["service-cidr"],
    clock: systemClock,
    log,
    signal,
    tls: { cert: serving.cert, key: serving.key, clientCa: ca },
    port: Number(flags.port),
  });
  await agent.ready;
  const dns = await startDns({
    client,
    addresses: [clusterDNS],
    port: 53,
    clusterDomain: CLUSTER_DOMAIN,
    upstreams: hostResolvers().filter((address) => address !== clusterDNS),
    log: log.child({ component: "dns" }),
    signal,
  });
  return async () => {
    await dns.close();
    await agent.stop();
    client.close();
  };
}

/** The tenth address of the service range, as in every Kubernetes installer. */
const dnsAddress = (serviceCIDR: string) => serviceCIDR.replace(/\.\d+\/\d+$/, ".10");

/** The host's own resolvers; a local stub such as systemd-resolved's is passed over for the servers behind it. */
function hostResolvers(): string[] {
  const paths = ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"];
  const path = paths.find((p) => existsSync(p));
  return path ? nameserversOf(readFileSync(path, "utf8")) : [];
}
