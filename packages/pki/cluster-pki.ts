import { createPrivateKey, createPublicKey } from "node:crypto";
import { join } from "node:path";
import { ensurePrivateFolder, readPrivate, writePrivate } from "./files.ts";
import { newKey } from "./issue.ts";
import { ensureCa, ensureCertificate, type StoredCertificate } from "./stored.ts";
import type { Subject } from "./x509.ts";

/** The keys that sign and check service account tokens: P-256 (ES256), as PEM. */
export interface ServiceAccountKeys {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly privateKeyPath: string;
  readonly publicKeyPath: string;
}

/** The certificates of one cluster. File names are those of kubeadm. */
export interface ClusterPki {
  readonly dir: string;
  readonly ca: StoredCertificate;
  /** What the API server shows to its clients. */
  readonly server: StoredCertificate;
  /** What the API server shows to the agents: `kube-apiserver-kubelet-client`. */
  readonly agentClient: StoredCertificate;
  /** In the group `system:masters`. */
  readonly admin: StoredCertificate;
  readonly controllerManager: StoredCertificate;
  readonly scheduler: StoredCertificate;
  readonly serviceAccount: ServiceAccountKeys;
}

/** The certificates of one node. */
export interface NodePki {
  /** The agent towards the API server: `system:node:NAME` in `system:nodes`. */
  readonly client: StoredCertificate;
  /** What the agent's own HTTPS endpoint shows. */
  readonly server: StoredCertificate;
}

/** Names under which pods and the server itself reach the API. */
const OWN_HOSTS = [
  ...["localhost", "127.0.0.1", "::1"],
  ...["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"],
];

const CLIENTS = {
  agentClient: ["apiserver-kubelet-client", { commonName: "kube-apiserver-kubelet-client", organizations: ["system:masters"] }],
  admin: ["admin", { commonName: "kubernetes-admin", organizations: ["system:masters"] }],
  controllerManager: ["controller-manager", { commonName: "system:kube-controller-manager" }],
  scheduler: ["scheduler", { commonName: "system:kube-scheduler" }],
} satisfies Record<string, [string, Subject]>;

/**
 * Makes what is missing in `dir` and gives everything. What is there stays, except a certificate that ends within 120 days, that is of another CA,
 * or whose hosts are not `hosts` any more: it is issued again, with a new key. Files are readable by their owner only and are replaced in one step.
 * Two calls at once on one folder are not safe.
 *
 * @param options.hosts names and addresses under which clients reach the API server, besides localhost and the `kubernetes` service's own names
 * @param options.now milliseconds since the Unix epoch
 */
export async function ensureClusterPki(options: { dir: string; hosts: readonly string[]; now: number }): Promise<ClusterPki> {
  const { dir, hosts, now } = options;
  await ensurePrivateFolder(dir);
  const ca = await ensureCa(dir, now);
  const client = ([file, subject]: [string, Subject]) => ensureCertificate(dir, file, { ca, subject, usages: ["client"], now });
  const serverHosts = [...new Set([...OWN_HOSTS, ...hosts])];
  return {
    dir,
    ca,
    server: await ensureCertificate(dir, "apiserver", {
      ca,
      subject: { commonName: "kube-apiserver" },
      usages: ["server"],
      hosts: serverHosts,
      now,
    }),
    agentClient: await client(CLIENTS.agentClient),
    admin: await client(CLIENTS.admin),
    controllerManager: await client(CLIENTS.controllerManager),
    scheduler: await client(CLIENTS.scheduler),
    serviceAccount: await ensureServiceAccountKeys(dir),
  };
}

/**
 * The certificates of the node `name`, in `nodes/NAME` below the cluster's folder, by the rules of `ensureClusterPki`.
 *
 * @param options.hosts names and addresses under which the API server reaches the agent; the node's name is added
 */
export async function ensureNodePki(options: { pki: ClusterPki; name: string; hosts: readonly string[]; now: number }): Promise<NodePki> {
  const { pki, name, hosts, now } = options;
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) throw new Error(`${JSON.stringify(name)} is not the name of a node`);
  const dir = join(pki.dir, "nodes", name);
  await ensurePrivateFolder(dir);
  const subject = { commonName: `system:node:${name}`, organizations: ["system:nodes"] };
  const { ca } = pki;
  return {
    client: await ensureCertificate(dir, "client", { ca, subject, usages: ["client"], now }),
    server: await ensureCertificate(dir, "server", { ca, subject, usages: ["server"], hosts: [...new Set([name, ...hosts])], now }),
  };
}

async function ensureServiceAccountKeys(dir: string): Promise<ServiceAccountKeys> {
  const [privateKeyPath, publicKeyPath] = [join(dir, "sa.key"), join(dir, "sa.pub")];
  const [found, foundPublic] = await Promise.all([readPrivate(privateKeyPath), readPrivate(publicKeyPath)]);
  const privateKey = found ?? newKey();
  const publicKey = createPublicKey(createPrivateKey(privateKey)).export({ type: "spki", format: "pem" }) as string;
  if (found === undefined) await writePrivate(privateKeyPath, privateKey);
  if (foundPublic !== publicKey) await writePrivate(publicKeyPath, publicKey);
  return { privateKey, publicKey, privateKeyPath, publicKeyPath };
}
