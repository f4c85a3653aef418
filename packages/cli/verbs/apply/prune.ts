import { apiVersionOf } from "@wherry/machinery/kind.ts";
import { LAST_APPLIED } from "@wherry/machinery/patch/last-applied.ts";
import type { Connection } from "../../connection.ts";
import { type Deleting, type DeletionFlags, deleteObject, deletionOptions, deletionTimeout, untilAllGone } from "../../deletion.ts";
import { UsageError } from "../../errors.ts";
import type { Found } from "../../objects.ts";
import { report, type WriteFlags } from "../../output/report.ts";
import { definitionOf, type Resource } from "../../resource-catalogue.ts";

/** An object that this run applied. */
export interface Applied {
  resource: Resource;
  namespace: string | undefined;
  uid: string;
}

interface Options extends WriteFlags, DeletionFlags {
  selector?: string;
  pruneAllowlist?: string[];
  wait?: boolean;
}

/** The kinds that are looked through unless others are named. Source: kubectl pkg/util/prune/prune.go. */
const DEFAULT_KINDS = [
  "core/v1/ConfigMap",
  "core/v1/Endpoints",
  "core/v1/Namespace",
  "core/v1/PersistentVolumeClaim",
  "core/v1/PersistentVolume",
  "core/v1/Pod",
  "core/v1/ReplicationController",
  "core/v1/Secret",
  "core/v1/Service",
  "batch/v1/Job",
  "batch/v1/CronJob",
  "networking.k8s.io/v1/Ingress",
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/ReplicaSet",
  "apps/v1/StatefulSet",
];

/** Deletes what an earlier apply made, the selector leaves, and this run did not apply: in the namespaces that this run has touched. */
export async function prune(
  connection: Connection,
  applied: readonly Applied[],
  options: Options,
  write: (text: string) => void,
): Promise<void> {
  const gone: Deleting[] = [];
  for await (const { resource, object } of prunable(connection, applied, options)) {
    const deleted = await pruneOne(connection, resource, object.metadata, options);
    if (deleted) gone.push(deleted);
    write(await report(object, resource, "pruned", options));
  }
  if (options.wait) await untilAllGone(connection, gone, deletionTimeout(options));
}

/** What an earlier apply made, the selector leaves, and this run did not apply: in the namespaces that this run has touched. */
export async function* prunable(
  connection: Connection,
  applied: readonly Applied[],
  { selector, pruneAllowlist }: Pick<Options, "selector" | "pruneAllowlist">,
): AsyncGenerator<Found> {
  const kept = new Set(applied.map(({ uid }) => uid));
  const namespaces = new Set([...applied.flatMap(({ namespace }) => namespace ?? []), ...(applied.length ? [] : [connection.namespace])]);
  const resources = await allowed(connection, pruneAllowlist);
  for (const resource of resources.toSorted((a, b) => Number(b.namespaced) - Number(a.namespaced))) {
    for (const namespace of resource.namespaced ? namespaces : [undefined]) {
      const { items } = await connection.client.list(definitionOf(resource), { namespace, labelSelector: selector });
      for (const object of items.filter(({ metadata }) => metadata.annotations?.[LAST_APPLIED] && !kept.has(metadata.uid)))
        yield { resource, object };
    }
  }
}

async function pruneOne(
  connection: Connection,
  resource: Resource,
  { name, namespace }: { name: string; namespace?: string },
  options: Options,
): Promise<Deleting | undefined> {
  if (options.dryRun === "client") return undefined;
  const how = { ...deletionOptions(options), ...(options.dryRun === "server" && { dryRun: ["All"] }) };
  return deleteObject(connection, { resource, name, namespace }, how, true);
}

/** The resources to look through. A default kind that the server does not serve is no error; a named one is. */
async function allowed(connection: Connection, named: readonly string[] | undefined): Promise<Resource[]> {
  const all = await connection.resources.preferred();
  return (named ?? DEFAULT_KINDS).flatMap((text) => {
    const [group, version, kind, ...more] = text.split("/");
    if (!kind || more.length) throw new UsageError(`invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`);
    const apiVersion = apiVersionOf({ group: group === "core" ? "" : (group as string), version: version as string });
    const found = all.find((r) => r.kind === kind && apiVersionOf(r) === apiVersion);
    if (!found && named) throw new UsageError(`no matches for kind "${kind}" in version "${apiVersion}"`);
    return found ?? [];
  });
}
