import { ConfigMap, Namespace } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { deepEqual } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";

const NAME = "kube-root-ca.crt";
const ABOUT = { "kubernetes.io/description": "The CA that signed the certificate of this cluster's API server." };

/** Keeps the cluster's CA certificate (PEM) in a ConfigMap of every namespace. Source: pkg/controller/certificates/rootcacertpublisher. */
export function rootCAPublisher(caCertificate: string): Controller {
  return {
    name: "root-ca-certificate-publisher-controller",
    watches: [
      watchOf({ kind: Namespace, wakes: (ns) => [ns.metadata.name] }),
      watchOf({ kind: ConfigMap, wakes: ({ metadata }) => (metadata.name === NAME ? [metadata.namespace ?? ""] : []) }),
    ],
    reconcile: (namespace, ctx) => reconcile(namespace, ctx, { "ca.crt": caCertificate }),
  };
}

async function reconcile(namespace: string, ctx: ControllerContext, data: Record<string, string>): Promise<void> {
  const ns = ctx.lister(Namespace).get(namespace);
  if (!ns || ns.metadata.deletionTimestamp) return;
  const current = ctx.lister(ConfigMap).get(NAME, namespace);
  try {
    if (!current)
      ctx.wrote(ConfigMap, await ctx.client.create(ConfigMap, { metadata: { name: NAME, namespace, annotations: ABOUT }, data }));
    else if (!deepEqual(current.data, data)) ctx.wrote(ConfigMap, await ctx.client.update(ConfigMap, { ...current, data }));
  } catch (error) {
    if (!hasReason(error, "AlreadyExists") && !hasReason(error, "NotFound") && !isNamespaceTerminating(error)) throw error;
  }
}
