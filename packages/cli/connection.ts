import { type Client, createClient, httpsTransport, loadKubeconfig } from "@wherry/client";
import { ResourceCatalogue } from "./resource-catalogue.ts";

/** The flags that every verb which talks to a cluster takes. */
export interface ConnectionOptions {
  kubeconfig?: string;
  context?: string;
  namespace?: string;
}

/** A cluster to talk to, as the kubeconfig and the flags name it. */
export interface Connection {
  readonly client: Client;
  readonly resources: ResourceCatalogue;
  /** `--namespace`, else the context's, else `default`. */
  readonly namespace: string;
  /** Whether `--namespace` was given: then a manifest of another namespace is an error. */
  readonly namespaceGiven: boolean;
  close(): void;
}

/** Reads the kubeconfig; no connection is made before the first call. Warnings of the server go to standard error. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const config = await loadKubeconfig({ path: options.kubeconfig, context: options.context });
  const client = createClient(httpsTransport(config.transport), { onWarning: (text) => process.stderr.write(`Warning: ${text}\n`) });
  return {
    client,
    resources: new ResourceCatalogue(client, config.transport.server),
    namespace: options.namespace ?? config.namespace,
    namespaceGiven: options.namespace !== undefined,
    close: () => client.close(),
  };
}
