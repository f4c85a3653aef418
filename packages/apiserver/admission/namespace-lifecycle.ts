import { failure, forbidden, notFound } from "@wherry/base";
import type { KindDefinition, Registry } from "@wherry/machinery";
import { resourceName } from "../rest/context.ts";
import type { WriteStage } from "../rest/write-stage.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";

/** These cannot be deleted: the cluster does not work without them. */
const IMMORTAL: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);

/**
 * Nothing is created in a namespace that is not there or that is being deleted, and some namespaces stay. Source: apiserver
 * `admission/plugin/namespace/lifecycle`.
 */
export function namespaceLifecycle(registry: Registry, cache: WatchCache): WriteStage {
  const namespaces = registry.byResource("", "v1", "namespaces");
  return {
    admit(write) {
      if (write.operation === "delete" && write.kind === namespaces && IMMORTAL.has(write.name))
        throw forbidden(resourceName(write.kind), write.name, "this namespace may not be deleted");
      if (write.operation === "create" && write.namespace !== undefined && namespaces)
        checkNamespace(cache, namespaces, write.namespace, write.kind, write.name);
    },
  };
}

function checkNamespace(cache: WatchCache, namespaces: KindDefinition, namespace: string, kind: KindDefinition, name: string): void {
  const resource = cache.resource(namespaces);
  const item = resource.get(resource.root + namespace);
  if (!item) throw notFound(resourceName(namespaces), namespace);
  if (!item.object().metadata.deletionTimestamp) return;
  const error = forbidden(
    resourceName(kind),
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  const cause = { reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated`, field: "metadata.namespace" };
  throw failure(403, "Forbidden", error.message, { ...error.status.details, causes: [cause] });
}
