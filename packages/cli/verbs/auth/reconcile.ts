import { StatusError } from "@wherry/base/status-error.ts";
import type { ApiObject } from "@wherry/machinery";
import { deepEqual } from "@wherry/machinery/deep-equal.ts";
import { type Connection, type ConnectionOptions, connect } from "../../connection.ts";
import { fileFlags, writeFlags } from "../../flags.ts";
import { type FileOptions, type ManifestObject, readManifests } from "../../manifests.ts";
import { forEach } from "../../objects.ts";
import { report, type WriteFlags } from "../../output/report.ts";
import { place } from "../../placement.ts";
import { definitionOf } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";

interface ReconcileOptions extends ConnectionOptions, FileOptions, WriteFlags {
  removeExtraPermissions?: boolean;
  removeExtraSubjects?: boolean;
}

type Rbac = ApiObject & { rules?: object[]; subjects?: object[]; aggregationRule?: object };

/** `wherry auth reconcile`. */
export const reconcile: Verb = {
  description: "make roles and bindings allow at least what their manifests say",
  client: true,
  flags: (command) =>
    writeFlags(fileFlags(command))
      .option("--remove-extra-permissions", "take away what roles allow beyond that")
      .option("--remove-extra-subjects", "take away whom bindings name beyond that"),
  async run(_, options: ReconcileOptions, { write }) {
    const manifests = await readManifests(options);
    const connection = await connect(options);
    try {
      await forEach(manifests, async ({ object }) => write(await reconcileOne(connection, object, options)));
    } finally {
      connection.close();
    }
  },
};

/** Objects of other kinds are passed over, as kubectl does. */
async function reconcileOne(connection: Connection, manifest: ManifestObject["object"], options: ReconcileOptions): Promise<string> {
  if (!/^(Cluster)?Role(Binding)?$/.test(manifest.kind) || !manifest.apiVersion.startsWith("rbac.authorization.k8s.io/")) return "";
  const { resource, object } = await place(connection, manifest);
  const kind = definitionOf(resource);
  const send = { dryRun: options.dryRun === "server", fieldManager: options.fieldManager };
  const { name = "", namespace } = object.metadata;
  const current = (await connection.client.get(kind, { name, namespace }).catch((error: unknown) => {
    if (error instanceof StatusError && error.code === 404) return undefined;
    throw error;
  })) as Rbac | undefined;
  const client = options.dryRun === "client";
  if (!current)
    return report(client ? (object as ApiObject) : await connection.client.create(kind, object, send), resource, "reconciled", options);
  const next = merged(current, object as Rbac, options);
  const result = client || deepEqual(next, current) ? next : await connection.client.update(kind, next, send);
  return report(result, resource, "reconciled", options);
}

/** The object with all that the manifest asks for, and what it has beyond that unless it is to be removed. Source: k8s.io/kubectl pkg/cmd/auth/reconcile.go. */
function merged(current: Rbac, wanted: Rbac, options: ReconcileOptions): Rbac {
  const both = (present: object[] = [], asked: object[] = [], only = false) =>
    only ? asked : [...present, ...asked.filter((one) => !present.some((other) => deepEqual(one, other)))];
  return {
    ...current,
    metadata: {
      ...current.metadata,
      ...(wanted.metadata.labels && { labels: { ...wanted.metadata.labels, ...current.metadata.labels } }),
      ...(wanted.metadata.annotations && { annotations: { ...wanted.metadata.annotations, ...current.metadata.annotations } }),
    },
    ...(wanted.kind.endsWith("Binding")
      ? { subjects: both(current.subjects, wanted.subjects, options.removeExtraSubjects) }
      : { rules: both(current.rules, wanted.rules, options.removeExtraPermissions) }),
  };
}
