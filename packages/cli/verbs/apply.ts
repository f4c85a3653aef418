import { StatusError } from "@wherry/base";
import { objectPath } from "@wherry/client/resource-path.ts";
import { type ApiObject, apiVersionOf, type KindDefinition } from "@wherry/machinery";
import { threeWayMergePatch } from "@wherry/machinery/patch/three-way-merge.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { dryRunFlag, fileFlags, outputFlag } from "../flags.ts";
import { type ManifestObject, readManifests } from "../manifests.ts";
import { parseOutput, printObject, sortKeys } from "../output/format.ts";
import { definitionOf, objectLabel, type Resource } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";

export interface ApplyOptions extends ConnectionOptions {
  filename?: string[];
  recursive?: boolean;
  output?: string;
  dryRun?: string;
  validate?: string;
}

/** Where the last applied manifest is kept. Source: k8s.io/api/core/v1 annotation_key_constants.go. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const FIELD_MANAGER = "kubectl-client-side-apply";

/** `wherry apply`. */
export const verb: Verb = {
  description: "make objects what their manifests say",
  client: true,
  flags: (command) =>
    dryRunFlag(outputFlag(fileFlags(command))).option("--validate <mode>", "what to do about unknown fields: strict, warn or ignore"),
  run: (_, options: ApplyOptions, { write }) => apply(options, write),
};

/** `wherry apply`: makes each object what its manifest says, leaving alone what others set. Goes on after a failure, and fails at the end. */
export async function apply(options: ApplyOptions, write: (text: string) => void): Promise<void> {
  const manifests = await readManifests(options.filename ?? [], options.recursive);
  const connection = await connect(options);
  const failures: unknown[] = [];
  try {
    for (const manifest of manifests) {
      try {
        write(await applyOne(connection, manifest, options));
      } catch (error) {
        failures.push(located(error, manifest));
      }
    }
  } finally {
    connection.close();
  }
  if (failures.length) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
}

/** A refusal names the manifest it is about. */
export function located(error: unknown, { source, object }: ManifestObject): unknown {
  if (error instanceof StatusError && error.reason === "BadRequest") {
    const what = `${object.kind} ${JSON.stringify(object.metadata.name ?? "")}`;
    return new UsageError(`Error from server (BadRequest): error when applying ${what} of "${source}": ${error.message}`);
  }
  return error;
}

/** The object's resource, and the object in the namespace it belongs to. Throws when it says another namespace than the flag. */
export async function place(
  connection: Connection,
  { object }: ManifestObject,
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

async function applyOne(connection: Connection, manifest: ManifestObject, options: ApplyOptions): Promise<string> {
  const { resource, object } = await place(connection, manifest);
  const { name, namespace } = object.metadata;
  if (!name) throw new UsageError(`error when applying "${manifest.source}": resource name may not be empty`);
  const kind = definitionOf(resource);
  const current = await connection.client.get(kind, { name, namespace }).catch((error: unknown) => {
    if (error instanceof StatusError && error.code === 404) return undefined;
    throw error;
  });
  const wanted = withLastApplied(object);
  const write = { dryRun: Boolean(options.dryRun), fieldManager: FIELD_MANAGER, fieldValidation: fieldValidation(options.validate) };
  if (!current) return report(await connection.client.create(kind, wanted, write), resource, "created", options);
  const patch = await patchFor(kind, current, wanted);
  if (!Object.keys(patch.body).length) return report(current, resource, "unchanged", options);
  const next = await connection.client.patch(kind, { name, namespace }, patch, write);
  return report(next, resource, next.metadata.resourceVersion === current.metadata.resourceVersion ? "unchanged" : "configured", options);
}

/** `--validate` as the server's own word. */
export function fieldValidation(text = "strict"): "Strict" | "Warn" | "Ignore" {
  const known = { strict: "Strict", true: "Strict", warn: "Warn", ignore: "Ignore", false: "Ignore" } as const;
  const value = known[text as keyof typeof known];
  if (!value) throw new UsageError(`invalid - validate option "${text}": must be strict, warn or ignore`);
  return value;
}

function withLastApplied(object: ManifestObject["object"]): ManifestObject["object"] {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  const bare = { ...object, metadata: { ...object.metadata, annotations } };
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: `${JSON.stringify(sortKeys(bare))}\n` } },
  };
}

/** What changes `current` into what is wanted: fields that the last apply set and this one does not are removed. */
async function patchFor(
  kind: KindDefinition<ApiObject>,
  current: ApiObject,
  wanted: ManifestObject["object"],
): Promise<{ type: "strategic" | "merge"; body: object }> {
  const original: object = JSON.parse(current.metadata.annotations?.[LAST_APPLIED] ?? "{}");
  const { definitions } = await import("@wherry/api/definitions.ts");
  const { registry } = await import("@wherry/api/registry.ts");
  const schema = registry.byKind(apiVersionOf(kind), kind.kind)?.schema;
  return { type: schema ? "strategic" : "merge", body: threeWayMergePatch(original, wanted, current, schema ?? "", definitions) as object };
}

/** One line of what happened, or the object as `-o` asks. */
export async function report(
  object: ApiObject,
  resource: Resource,
  what: string,
  options: { output?: string; dryRun?: string },
): Promise<string> {
  const label = objectLabel(resource, object.metadata.name);
  if (options.output === undefined) return `${label} ${what}${options.dryRun ? " (server dry run)" : ""}\n`;
  return printObject(object, parseOutput(options.output), () => label);
}

/** The path of an object, for calls that are no verb of the typed client. */
export function pathTo(resource: Resource, name: string, namespace: string | undefined, subresource?: string): string {
  return objectPath(definitionOf(resource), { name, namespace }, subresource);
}
