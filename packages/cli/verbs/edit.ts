import { StatusError } from "@wherry/base/status-error.ts";
import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { EditedFile } from "../editor.ts";
import { UsageError } from "../errors.ts";
import { fieldValidation, fileFlags, outputFlag, validateFlag } from "../flags.ts";
import { type ManifestObject, parseManifest } from "../manifests.ts";
import { type Found, findObjects, forEach } from "../objects.ts";
import { type OutputOptions, printObject } from "../output/format.ts";
import { report } from "../output/report.ts";
import { isEmptyPatch, patchBetween } from "../patch-between.ts";
import { definitionOf, objectLabel, pathTo, qualifiedName } from "../resource-catalogue.ts";
import type { TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";
import type { CreateOptions } from "./create.ts";

interface EditOptions extends ConnectionOptions, TargetOptions, OutputOptions {
  validate?: string;
  fieldManager?: string;
  subresource?: string;
  outputPatch?: boolean;
}

type Write = (text: string) => void;

/** `wherry edit`. */
export const verb: Verb = {
  description: "change objects in an editor",
  words: "RESOURCE/NAME | -f FILENAME",
  client: true,
  completes: "objects",
  flags: (command) =>
    validateFlag(outputFlag(fileFlags(command)))
      .option("--field-manager <name>", "the name that the change is made in", "kubectl-edit")
      .option("--subresource <name>", "edit this part only, such as status")
      .option("--output-patch", "print the patch that was sent"),
  run: (words, options: EditOptions, { write }) => edit(words, options, write),
};

async function edit(words: string[], options: EditOptions, write: Write): Promise<void> {
  const connection = await connect(options);
  try {
    const found = await findObjects(connection, words, { ...options, all: true });
    if (!found.length) throw new UsageError("edit cancelled, no objects found");
    await forEach(found, (one) => editOne(connection, one, options, write));
  } finally {
    connection.close();
  }
}

/** Opens the editor until what was saved is accepted, unchanged, or empty. */
async function editOne(connection: Connection, found: Found, options: EditOptions, write: Write): Promise<void> {
  const json = options.output === "json";
  const file = new EditedFile(json ? ".json" : ".yaml");
  const original = await withSubresource(connection, found, options.subresource);
  const format = { type: json ? "json" : "yaml", managedFields: Boolean(options.showManagedFields) } as const;
  const text = await printObject(original, format, () => "");
  let [shown, problems, failed] = [text, "", undefined as unknown];
  for (;;) {
    const saved = await file.edit(HEADER + problems + shown);
    const content = withoutComments(saved);
    if (content === withoutComments(shown)) break;
    if (!content.trim()) throw cancelled("Edit cancelled, saved file was empty.");
    try {
      write(await save(connection, found, original, content, options));
      return file.close();
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof UsageError)) throw error;
      [shown, problems, failed] = [content, explain(found, error), error];
    }
  }
  if (failed === undefined) {
    file.close();
    return void process.stderr.write("Edit cancelled, no changes made.\n");
  }
  throw new UsageError(
    `Edit cancelled, no valid changes were saved: ${(failed as Error).message}\nA copy of your changes has been stored to ${JSON.stringify(file.path)}`,
  );
}

const HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

const cancelled = (why: string) => new UsageError(why);

const withoutComments = (text: string): string =>
  text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");

function explain({ resource, object }: Found, error: Error): string {
  const causes = error instanceof StatusError ? (error.status.details?.causes ?? []) : [];
  const lines = causes.length ? causes.map((c) => `${c.field ?? ""}: ${c.message ?? ""}`) : error.message.split("\n");
  return `# ${qualifiedName(resource)} "${object.metadata.name}" was not valid:\n${lines.map((line) => `# * ${line}\n`).join("")}#\n`;
}

async function withSubresource(connection: Connection, { resource, object }: Found, subresource: string | undefined): Promise<ApiObject> {
  if (!subresource) return object;
  const response = await connection.client.raw({
    method: "GET",
    path: pathTo(resource, object.metadata.name, object.metadata.namespace, subresource),
  });
  return JSON.parse(Buffer.concat(await Array.fromAsync(response.body)).toString());
}

/** Sends what was changed. The names of an object cannot be. */
async function save(
  connection: Connection,
  { resource, object }: Found,
  original: ApiObject,
  content: string,
  options: EditOptions,
): Promise<string> {
  const [edited, ...more] = await parseManifest("edited-file", content);
  if (!edited || more.length) throw new UsageError("The edited file failed validation: one object is wanted");
  if (edited.object.metadata.name !== object.metadata.name || edited.object.kind !== original.kind)
    throw new UsageError("at least one of apiVersion, kind and name was changed");
  const patch = await patchBetween(resource, withoutManagedFields(original, options), edited.object);
  if (isEmptyPatch(patch)) return `${objectLabel(resource, object.metadata.name)} skipped\n`;
  if (options.outputPatch) process.stderr.write(`Patch: ${JSON.stringify(patch.body)}\n`);
  const { name, namespace } = object.metadata;
  const write = {
    fieldManager: options.fieldManager,
    fieldValidation: fieldValidation(options.validate),
    subresource: options.subresource,
  };
  const next = await connection.client.patch(definitionOf(resource), { name, namespace }, patch, write);
  return report(next, resource, "edited", { ...options, output: undefined });
}

/** What the editor did not show was not taken away by the person. */
function withoutManagedFields(object: ApiObject, { showManagedFields }: OutputOptions): object {
  if (showManagedFields) return object;
  const { managedFields: _, ...metadata } = object.metadata as typeof object.metadata & { managedFields?: unknown };
  return { ...object, metadata };
}

/** `wherry create --edit`: the manifests go through the editor before the objects are made. */
export async function editManifests(
  connection: Connection,
  manifests: readonly ManifestObject[],
  options: CreateOptions,
  write: Write,
): Promise<void> {
  const { createObject } = await import("./create.ts");
  const file = new EditedFile(".yaml");
  const texts = await Promise.all(manifests.map(({ object }) => printObject(object, { type: "yaml", managedFields: true }, () => "")));
  const content = withoutComments(await file.edit(HEADER + texts.join("---\n")));
  file.close();
  if (!content.trim()) throw cancelled("Edit cancelled, saved file was empty.");
  const edited = await parseManifest("edited-file", content);
  await forEach(edited, async ({ object }) => write(await createObject(connection, object, options)));
}
