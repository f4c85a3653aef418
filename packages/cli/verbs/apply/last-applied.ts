import { escapeHtml, LAST_APPLIED, lastAppliedOf, withLastApplied } from "@wherry/machinery/patch/last-applied.ts";
import { type ConnectionOptions, connect } from "../../connection.ts";
import { EditedFile } from "../../editor.ts";
import { UsageError } from "../../errors.ts";
import { fileFlags, selectorFlag, writeFlags } from "../../flags.ts";
import { parseManifest, readManifests } from "../../manifests.ts";
import { findObjects, forEach, type SelectOptions } from "../../objects.ts";
import { report, type WriteFlags } from "../../output/report.ts";
import { sortKeys, toYaml } from "../../output/yaml.ts";
import { place } from "../../placement.ts";
import { definitionOf, objectLabel, qualifiedName } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";
import { currentOf } from "./client-side.ts";

interface Options extends ConnectionOptions, SelectOptions, WriteFlags {
  createAnnotation?: boolean;
}

const MANAGER = "kubectl-client-side-apply";

/** `wherry apply view-last-applied`. */
export const viewLastApplied: Verb = {
  description: "print the manifests that were applied last",
  words: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
  client: true,
  completes: "objects",
  flags: (command) =>
    selectorFlag(fileFlags(command)).option("--all", "all objects of the type").option("-o, --output <format>", "yaml or json", "yaml"),
  async run(words, options: Options, { write }) {
    if (options.output !== "yaml" && options.output !== "json")
      throw new UsageError(`Unexpected -o output mode: ${options.output}, the flag 'output' must be one of yaml|json`);
    const connection = await connect(options);
    try {
      const texts: string[] = [];
      for (const { object } of await findObjects(connection, words, options)) {
        const last = lastAppliedOf(object);
        // kubectl passes over what was never applied, without a word.
        if (!last) continue;
        texts.push(options.output === "json" ? `${escapeHtml(JSON.stringify(sortKeys(last), null, 2))}\n` : await toYaml(last));
      }
      write(texts.join(options.output === "yaml" ? "---\n" : ""));
    } finally {
      connection.close();
    }
  },
};

/** `wherry apply set-last-applied`. */
export const setLastApplied: Verb = {
  description: "take manifests for what was applied last, without changing anything else",
  client: true,
  flags: (command) => writeFlags(fileFlags(command)).option("--create-annotation", "where nothing was applied before, too"),
  async run(_, options: Options, { write }) {
    const manifests = await readManifests(options);
    const connection = await connect(options);
    try {
      await forEach(manifests, async (manifest) => {
        const { resource, object } = await place(connection, manifest.object);
        const { name = "", namespace } = object.metadata;
        const current = await currentOf(connection, { resource, object, name, namespace });
        if (!current) throw new UsageError(`${qualifiedName(resource)} "${name}" not found`);
        const before = current.metadata.annotations?.[LAST_APPLIED];
        if (before === undefined && !options.createAnnotation)
          throw new UsageError(
            `no last-applied-configuration annotation found on resource: ${name}, to create the annotation, run the command with --create-annotation`,
          );
        const value = withLastApplied(manifest.object).metadata.annotations?.[LAST_APPLIED];
        const next =
          before === value || options.dryRun === "client"
            ? current
            : await annotate(connection, { resource, name, namespace }, value as string, options);
        write(await report(next, resource, "configured", options));
      });
    } finally {
      connection.close();
    }
  },
};

/** `wherry apply edit-last-applied`. */
export const editLastApplied: Verb = {
  description: "change what was applied last in an editor",
  words: "(RESOURCE/NAME | -f FILENAME)",
  client: true,
  completes: "objects",
  flags: (command) => writeFlags(fileFlags(command)),
  async run(words, options: Options, { write }) {
    const connection = await connect(options);
    try {
      await forEach(await findObjects(connection, words, options), async ({ resource, object }) => {
        const { name, namespace } = object.metadata;
        const last = lastAppliedOf(object);
        if (!last) throw new UsageError(`no last-applied-configuration annotation found on resource: ${name} (${qualifiedName(resource)})`);
        const file = new EditedFile(".yaml");
        const shown = await toYaml(last);
        const saved = await file.edit(shown);
        file.close();
        if (saved === shown) return void process.stderr.write("Edit cancelled, no changes made.\n");
        const [edited] = await parseManifest("edited-file", saved);
        if (!edited) throw new UsageError("Edit cancelled, saved file was empty.");
        const value = withLastApplied(edited.object).metadata.annotations?.[LAST_APPLIED] as string;
        await annotate(connection, { resource, name, namespace }, value, options);
        write(`${objectLabel(resource, name)} edited\n`);
      });
    } finally {
      connection.close();
    }
  },
};

function annotate(
  { client }: Awaited<ReturnType<typeof connect>>,
  { resource, name, namespace }: { resource: Parameters<typeof definitionOf>[0]; name: string; namespace: string | undefined },
  value: string,
  options: Options,
) {
  const body = { metadata: { annotations: { [LAST_APPLIED]: value } } };
  const send = { dryRun: options.dryRun === "server", fieldManager: options.fieldManager ?? MANAGER };
  return client.patch(definitionOf(resource), { name, namespace }, { type: "merge", body }, send);
}
