import { readFileSync } from "node:fs";
import { MANIFEST_YAML } from "@wherry/client/manifest-yaml.ts";
import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, writeFlags } from "../flags.ts";
import { type Found, findObjects, forEach } from "../objects.ts";
import { report, type WriteFlags } from "../output/report.ts";
import { definitionOf } from "../resource-catalogue.ts";
import type { TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";

interface PatchOptions extends ConnectionOptions, TargetOptions, WriteFlags {
  patch?: string;
  patchFile?: string;
  type: string;
  subresource?: string;
  local?: boolean;
}

type Patch = { type: "json"; body: object[] } | { type: "merge" | "strategic"; body: object };

/** `wherry patch`. */
export const verb: Verb = {
  description: "change fields of objects by a patch",
  words: "(-f FILENAME | TYPE NAME) [-p PATCH | --patch-file FILE]",
  client: true,
  completes: "objects",
  flags: (command) =>
    writeFlags(fileFlags(command))
      .option("-p, --patch <patch>", "the patch, in JSON or YAML")
      .option("--patch-file <file>", "a file with the patch")
      .option("--type <type>", "strategic, merge or json", "strategic")
      .option("--subresource <name>", "patch this part, such as status or scale")
      .option("--local", "patch what the files say, and print it, without asking a server"),
  run: (words, options: PatchOptions, { write }) => patchObjects(words, options, write),
};

async function patchObjects(words: string[], options: PatchOptions, write: (text: string) => void): Promise<void> {
  const patch = await readPatch(options);
  if (options.local && options.subresource) throw new UsageError("--subresource can not be combined with --local");
  const connection = await connect(options);
  try {
    const found = await findObjects(connection, words, { ...options, all: false });
    if (!found.length) throw new UsageError("no objects passed to patch");
    await forEach(found, async (one) => write(await patchOne(connection, one, patch, options)));
  } finally {
    connection.close();
  }
}

async function patchOne(connection: Connection, { resource, object }: Found, patch: Patch, options: PatchOptions): Promise<string> {
  const next =
    options.local || options.dryRun === "client"
      ? await patchHere(object, patch)
      : await patchThere(connection, { resource, object }, patch, options);
  const same = next.metadata.resourceVersion === object.metadata.resourceVersion && JSON.stringify(next) === JSON.stringify(object);
  // kubectl says nothing of a dry run here.
  return report(next, resource, same && !options.subresource ? "patched (no change)" : "patched", { ...options, dryRun: "none" });
}

function patchThere({ client }: Connection, { resource, object }: Found, patch: Patch, options: PatchOptions): Promise<ApiObject> {
  const { name, namespace } = object.metadata;
  const write = {
    dryRun: options.dryRun === "server",
    fieldManager: options.fieldManager ?? "kubectl-patch",
    subresource: options.subresource,
  };
  return client.patch(definitionOf(resource), { name, namespace }, patch, write);
}

/** Without the server: a kind that this program does not know is merged by JSON's rules. */
async function patchHere(object: ApiObject, patch: Patch): Promise<ApiObject> {
  const machinery = await import("@wherry/machinery");
  if (patch.type === "json") return machinery.applyJsonPatch(object, patch.body) as ApiObject;
  if (patch.type === "merge") return machinery.applyMergePatch(object, patch.body) as ApiObject;
  const { definitions } = await import("@wherry/api/definitions.ts");
  const { registry } = await import("@wherry/api/registry.ts");
  const schema = registry.byKind(object.apiVersion, object.kind)?.schema ?? "";
  return machinery.applyStrategicMergePatch(object, patch.body, schema, definitions);
}

async function readPatch(options: PatchOptions): Promise<Patch> {
  const { type } = options;
  if (type !== "strategic" && type !== "merge" && type !== "json")
    throw new UsageError(`--type must be one of [json merge strategic], not ${JSON.stringify(type)}`);
  if (options.patch && options.patchFile) throw new UsageError("cannot specify --patch and --patch-file together");
  const text = options.patchFile ? readFileSync(options.patchFile, "utf8") : options.patch;
  if (!text) throw new UsageError("must specify --patch or --patch-file containing the contents of the patch");
  const value = await parse(text);
  if (type === "json") {
    if (!Array.isArray(value)) throw new UsageError(`unable to parse ${JSON.stringify(text)}: a JSON patch is a list of operations`);
    return { type, body: value };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UsageError(`unable to parse ${JSON.stringify(text)}: a ${type} patch is a mapping`);
  return { type, body: value };
}

async function parse(text: string): Promise<unknown> {
  try {
    return (await import("yaml")).parse(text, MANIFEST_YAML);
  } catch (error) {
    throw new UsageError(`unable to parse ${JSON.stringify(text)}: ${(error as Error).message.split("\n")[0]}`);
  }
}
