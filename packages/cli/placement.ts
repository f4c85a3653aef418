import { StatusError } from "@wherry/base/status-error.ts";
import type { Connection } from "./connection.ts";
import { UsageError } from "./errors.ts";
import type { ManifestObject } from "./manifests.ts";
import type { Resource } from "./resource-catalogue.ts";

/** A manifest's resource, and the object in the namespace it belongs to. Throws when it says another namespace than the flag. */
export async function place(
  connection: Connection,
  object: ManifestObject["object"],
): Promise<{ resource: Resource; object: ManifestObject["object"] }> {
  const resource = await connection.resources.ofObject(object.apiVersion, object.kind);
  if (!resource.namespaced) return { resource, object };
  const own = object.metadata.namespace;
  if (own && connection.namespaceGiven && own !== connection.namespace) {
    throw new UsageError(
      `the namespace from the provided object "${own}" does not match the namespace "${connection.namespace}". You must pass '--namespace=${own}' to perform this operation.`,
    );
  }
  return { resource, object: { ...object, metadata: { ...object.metadata, namespace: own ?? connection.namespace } } };
}

/** A refusal with the manifest it is about, in kubectl's words. `verb` is what was tried: `applying`, `creating`. */
export function located(error: unknown, verb: string, { source, object }: ManifestObject): unknown {
  if (error instanceof StatusError && error.reason === "BadRequest") {
    const what = `${object.kind} ${JSON.stringify(object.metadata.name ?? "")}`;
    return new UsageError(`Error from server (BadRequest): error when ${verb} ${what} of "${source}": ${error.message}`);
  }
  return error;
}
