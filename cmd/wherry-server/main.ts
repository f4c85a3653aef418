import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { registry } from "@wherry/api";
import { type ApiServer, createApiServer } from "@wherry/apiserver";
import { createLogger, type Logger, runProcess, systemClock } from "@wherry/base";
import { createClient, InformerFactory } from "@wherry/client";
import { builtinControllers } from "@wherry/controllers";
import { runControllers } from "@wherry/engine";
import { type ClusterPki, ensureClusterPki, ensureNodePki, kubeconfigYaml } from "@wherry/pki";
import { runScheduler } from "@wherry/scheduler";
import { openSqliteStore } from "@wherry/store-sqlite";
import { VERSION } from "./version.ts";

const USAGE = `Usage: wherry server --data-dir FOLDER --advertise-address IP [flags]

  --name NAME               the cluster's name (default)
  --data-dir FOLDER         where the state and the certificates are kept
  --api-port PORT           the port to serve on (6443)
  --bind-address IP         the address to serve on (all)
  --advertise-address IP    the address that pods and other hosts reach this server at
  --node-name NAME          leave credentials for the agent of this node in FOLDER/pki/nodes (repeatable, as NAME or NAME=IP)
  --pod-cidr RANGE          addresses for pods (10.244.0.0/16)
  --service-cidr RANGE      addresses for services (10.96.0.0/16)
`;

const FLAGS = {
  name: { type: "string", default: "default" },
  "data-dir": { type: "string" },
  "api-port": { type: "string", default: "6443" },
  "bind-address": { type: "string", default: "0.0.0.0" },
  "advertise-address": { type: "string" },
  "node-name": { type: "string", multiple: true, default: [] as string[] },
  "pod-cidr": { type: "string", default: "10.244.0.0/16" },
  "service-cidr": { type: "string", default: "10.96.0.0/16" },
  help: { type: "boolean", short: "h" },
} as const;

/** Runs a control plane until it is asked to stop: API server, controllers and scheduler in one process. */
export async function main(words: string[]): Promise<void> {
  const { values: flags } = parseArgs({ args: words, options: FLAGS });
  const dataDir = flags["data-dir"];
  const address = flags["advertise-address"];
  if (flags.help || !dataDir || !address) {
    process.stdout.write(USAGE);
    process.exitCode = flags.help ? 0 : 2;
    return;
  }
  const log = createLogger();
  await runProcess(log, async (signal) => {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const [store, pki] = await Promise.all([
      openSqliteStore({ path: join(dataDir, "state.db") }),
      ensureClusterPki({ dir: join(dataDir, "pki"), hosts: [address, firstAddress(flags["service-cidr"])], now: systemClock.now() }),
    ]);
    const port = Number(flags["api-port"]);
    let running = false;
    const loop = (name: string) => ({ name, live: false, run: () => beRunning(running && !signal.aborted) });
    const server = await createApiServer({
      store,
      registry,
      clock: systemClock,
      log,
      tls: { cert: pki.server.cert, key: pki.server.key, clientCa: pki.ca.cert },
      serviceCIDR: flags["service-cidr"],
      version: VERSION,
      advertise: { address, port },
      agentClient: { cert: pki.agentClient.cert, key: pki.agentClient.key, ca: pki.ca.cert },
      components: [loop("scheduler"), loop("controller-manager")],
      serviceAccounts: { privateKey: pki.serviceAccount.privateKey },
      mountTokens: true,
      descriptions: async () => (await import("@wherry/api/descriptions.ts")).loadDescriptions(),
    });
    await server.listen({ host: flags["bind-address"], port });
    await leaveCredentials(pki, { name: flags.name, address, port, nodes: flags["node-name"] });
    await runLoops({ server, clusterCIDR: flags["pod-cidr"], pki, log, signal });
    running = true;
    log.info("serving", { address: `https://${address}:${port}` });
    return async () => {
      await server.close();
      await store.close();
    };
  });
}

function beRunning(running: boolean): void {
  if (!running) throw new Error("it is not running");
}

interface Loops {
  server: ApiServer;
  clusterCIDR: string;
  pki: ClusterPki;
  log: Logger;
  signal: AbortSignal;
}

/** Starts the controllers and the scheduler on one set of informers. Resolves when they work. */
async function runLoops({ server, clusterCIDR, pki, log, signal }: Loops): Promise<void> {
  const client = (name: string) => createClient(server.transport({ name, groups: ["system:authenticated"] }));
  const manager = {
    client: client("system:kube-controller-manager"),
    clock: systemClock,
    log: log.child({ component: "controller-manager" }),
    signal,
  };
  const informers = new InformerFactory(manager);
  const controllers = builtinControllers({ clusterCIDR, caCertificate: pki.ca.cert, serviceAccountKey: pki.serviceAccount.privateKey });
  await Promise.all([
    runControllers({ ...manager, controllers, component: "controller-manager", informers }),
    runScheduler({
      client: client("system:kube-scheduler"),
      clock: systemClock,
      log: log.child({ component: "scheduler" }),
      signal,
      informers,
    }),
  ]);
}

const firstAddress = (cidr: string) => cidr.replace(/\.\d+\/\d+$/, ".1");

interface Credentials {
  name: string;
  address: string;
  port: number;
  nodes: readonly string[];
}

/** Writes the admin's kubeconfig, and for each node the one file that its agent needs. */
async function leaveCredentials(pki: ClusterPki, { name, address, port, nodes }: Credentials): Promise<void> {
  const context = name === "default" ? "wherry" : `wherry-${name}`;
  const names = { cluster: context, user: context, context };
  const { cert, key } = pki.admin;
  writePrivate(
    join(pki.dir, "admin.kubeconfig"),
    kubeconfigYaml({ server: `https://127.0.0.1:${port}`, ca: pki.ca.cert, cert, key, ...names }),
  );
  for (const node of nodes) {
    const [nodeName = "", nodeAddress = address] = node.split("=");
    const { client, server } = await ensureNodePki({ pki, name: nodeName, hosts: [nodeAddress, "127.0.0.1"], now: systemClock.now() });
    const bundle = { server: `https://${address}:${port}`, ca: pki.ca.cert, client: pair(client), serving: pair(server) };
    writePrivate(join(pki.dir, "nodes", `${nodeName}.json`), JSON.stringify(bundle, null, 2));
  }
}

const pair = ({ cert, key }: { cert: string; key: string }) => ({ cert, key });

function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
