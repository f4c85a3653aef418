import { type Client, createClient, httpsTransport, loadKubeconfig, type Transport } from "@wherry/client";
import { observed } from "./observed-transport.ts";
import { ResourceCatalogue } from "./resource-catalogue.ts";
import { parseDuration } from "./wait-for.ts";

/** The flags that every verb which talks to a cluster takes. */
export interface ConnectionOptions {
  kubeconfig?: string;
  context?: string;
  namespace?: string;
  cluster?: string;
  user?: string;
  server?: string;
  token?: string;
  username?: string;
  password?: string;
  certificateAuthority?: string;
  clientCertificate?: string;
  clientKey?: string;
  insecureSkipTlsVerify?: boolean;
  tlsServerName?: string;
  /** `0` = wait for ever. */
  requestTimeout?: string;
  as?: string;
  asGroup?: string[];
  asUid?: string;
  /** From 6 on each call is told on standard error. */
  v?: string;
}

/** A cluster to talk to, as the kubeconfig and the flags name it. */
export interface Connection {
  readonly client: Client;
  /** What the client speaks over, for those who pass on answers as they are. */
  readonly transport: Transport;
  readonly resources: ResourceCatalogue;
  /** `https://host:port` */
  readonly server: string;
  /** `--namespace`, else the context's, else `default`. */
  readonly namespace: string;
  /** Whether `--namespace` was given: then a manifest of another namespace is an error. */
  readonly namespaceGiven: boolean;
  close(): void;
}

/** Reads the kubeconfig; no connection is made before the first call. Warnings of the server go to standard error. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const { kubeconfig, context, cluster, user, as, asGroup, asUid } = options;
  const config = await loadKubeconfig({ path: kubeconfig, context, cluster, user, overrides: options });
  const impersonate = { user: as, groups: asGroup, uid: asUid };
  const transport = watched(httpsTransport({ ...config.transport, impersonate }), options);
  const client = createClient(transport, {
    onWarning: (text) =>
      process.stderr.write(`Warning: ${text}
`),
  });
  return {
    client,
    transport,
    resources: new ResourceCatalogue(client, config.transport.server),
    server: config.transport.server,
    namespace: options.namespace ?? config.namespace,
    namespaceGiven: options.namespace !== undefined,
    close: () => client.close(),
  };
}

function watched(transport: Transport, { requestTimeout = "0", v = "0" }: ConnectionOptions): Transport {
  const timeoutMs = /^\d+$/.test(requestTimeout) ? Number(requestTimeout) * 1000 : parseDuration(requestTimeout, "--request-timeout");
  return timeoutMs > 0 || Number(v) >= 6 ? observed(transport, { timeoutMs, level: Number(v) }) : transport;
}
