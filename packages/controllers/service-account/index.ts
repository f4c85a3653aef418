import { Namespace, ServiceAccount } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { isNamespaceTerminating } from "../namespace/terminating.ts";

const NAME = "default";

/** Keeps the ServiceAccount `default` in every namespace that is not being deleted. Source: pkg/controller/serviceaccount. */
export function serviceAccountController(): Controller {
  return {
    name: "service-account-controller",
    watches: [
      watchOf({ kind: Namespace, wakes: (ns) => [ns.metadata.name] }),
      watchOf({
        kind: ServiceAccount,
        wakes: ({ metadata }, { gone }) => (gone && metadata.name === NAME ? [metadata.namespace ?? ""] : []),
      }),
    ],
    reconcile,
  };
}

async function reconcile(namespace: string, ctx: ControllerContext): Promise<void> {
  const ns = ctx.lister(Namespace).get(namespace);
  if (!ns || ns.metadata.deletionTimestamp || ctx.lister(ServiceAccount).get(NAME, namespace)) return;
  try {
    ctx.wrote(ServiceAccount, await ctx.client.create(ServiceAccount, { metadata: { name: NAME, namespace } }));
  } catch (error) {
    if (!hasReason(error, "AlreadyExists") && !hasReason(error, "NotFound") && !isNamespaceTerminating(error)) throw error;
  }
}
