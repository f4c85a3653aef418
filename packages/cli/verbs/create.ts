import type { ApiObject } from "@wherry/machinery";
import { withLastApplied } from "@wherry/machinery/patch/last-applied.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fieldValidation, fileFlags, selectorFlag, validateFlag, writeFlags } from "../flags.ts";
import { type FileOptions as ManifestFiles, readManifests } from "../manifests.ts";
import { forEach } from "../objects.ts";
import { report, type WriteFlags } from "../output/report.ts";
import { located, place } from "../placement.ts";
import { sendRaw } from "../raw-call.ts";
import { definitionOf, resourceOfManifest } from "../resource-catalogue.ts";
import { matchesSelector } from "../selector.ts";
import type { Verb } from "../verb.ts";
import type { Generator, Manifest } from "./create/generator.ts";
import { SUBTYPES } from "./create/index.ts";
import { verb as token } from "./create/token.ts";

/** The flags of `create` and of all its subtypes. */
export interface CreateOptions extends ConnectionOptions, WriteFlags {
  validate?: string;
  saveConfig?: boolean;
}

interface FileOptions extends CreateOptions, ManifestFiles {
  selector?: string;
  raw?: string;
  edit?: boolean;
}

type Write = (text: string) => void;

/** `wherry create -f FILE`, and `wherry create TYPE NAME` for the types that have a generator. */
export const verb: Verb = {
  description: "make new objects",
  words: "-f FILE",
  client: true,
  flags: (command) =>
    ownFlags(selectorFlag(fileFlags(command)))
      .option("--raw <path>", "POST the file to this path as it is")
      .option("--edit", "edit the objects before they are made"),
  run: (words, options: FileOptions, { write }) => create(words, options, write),
  verbs: { ...Object.fromEntries(Object.entries(SUBTYPES).map(([names, subtype]) => named(names, subtype))), token },
};

const ownFlags = (command: Parameters<typeof writeFlags>[0]) =>
  validateFlag(writeFlags(command)).option("--save-config", "keep the manifest in the object, for apply");

function named(names: string, subtype: (typeof SUBTYPES)[string]): [string, Verb] {
  const [name = "", ...aliases] = names.split("|");
  if (!("members" in subtype)) return [name, { ...generatorVerb(subtype), aliases }];
  const verbs = Object.fromEntries(Object.entries(subtype.members).map(([member, generator]) => [member, generatorVerb(generator)]));
  const wanted = Object.keys(verbs).join(", ");
  const run = async (words: string[]) => {
    throw new UsageError(`wherry create ${name}${words[0] ? ` ${words[0]}` : ""}: say which, one of ${wanted}`);
  };
  return [name, { description: subtype.description, aliases, words: "TYPE", verbs, run }];
}

function generatorVerb(generator: Generator): Verb {
  return {
    description: generator.description,
    words: generator.usage,
    client: true,
    flags(command) {
      ownFlags(command);
      generator.declare?.(command);
    },
    async run(words, options: CreateOptions, { write, beforeDash }) {
      if (beforeDash !== undefined && beforeDash !== 1) throw new UsageError(`exactly one NAME is required, got ${beforeDash}`);
      // `--user` of a binding is a subject, and not whom to be.
      const connection = await connect(typeof options.user === "object" ? { ...options, user: undefined } : options);
      try {
        const made = await generator.generate(words, options as never, connection);
        const namespace = connection.namespaceGiven ? { namespace: connection.namespace } : {};
        const object = CLUSTER_SCOPED.has(made.kind) ? made : { ...made, metadata: { ...made.metadata, ...namespace } };
        write(await createObject(connection, object, options));
      } finally {
        connection.close();
      }
    },
  };
}

const CLUSTER_SCOPED: ReadonlySet<string> = new Set(["Namespace", "ClusterRole", "ClusterRoleBinding", "PriorityClass"]);

/** `wherry create -f`. */
async function create(words: string[], options: FileOptions, write: Write): Promise<void> {
  if (words.length) {
    const known = Object.keys(SUBTYPES).map((names) => names.split("|")[0]);
    throw new UsageError(`wherry create ${words[0]}: give a manifest with -f, or one of ${[...known, "token"].join(", ")}`);
  }
  if (options.raw !== undefined) return sendRaw("POST", options.raw, options, write);
  const connection = await connect(options);
  try {
    const manifests = await readManifests(options);
    if (options.edit) return (await import("./edit.ts")).editManifests(connection, manifests, options, write);
    await forEach(manifests, async (manifest) => {
      if (!matchesSelector(options.selector, manifest.object)) return;
      try {
        const object = options.dryRun === "client" ? (await place(connection, manifest.object)).object : manifest.object;
        write(await createObject(connection, object, options));
      } catch (error) {
        throw located(error, "creating", manifest);
      }
    });
  } finally {
    connection.close();
  }
}

const FIELD_MANAGER = "kubectl-create";

/** Makes one object, and says so. */
export async function createObject(connection: Connection, manifest: Manifest, options: CreateOptions): Promise<string> {
  const wanted = options.saveConfig ? withLastApplied(manifest) : manifest;
  if (options.dryRun === "client") return report(wanted as ApiObject, resourceOfManifest(wanted), "created", options);
  const { resource, object } = await place(connection, wanted);
  const write = {
    dryRun: options.dryRun === "server",
    fieldManager: options.fieldManager ?? FIELD_MANAGER,
    fieldValidation: fieldValidation(options.validate),
  };
  return report(await connection.client.create(definitionOf(resource), object, write), resource, "created", options);
}
