import { deepCopy } from "@wherry/machinery/deep-copy.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, selectorFlag, writeFlags } from "../flags.ts";
import { namesManifests } from "../manifests.ts";
import { type Found, findObjects, forEach, type SelectOptions } from "../objects.ts";
import { report, type WriteFlags } from "../output/report.ts";
import { definitionOf } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";

/** The flags of `label` and `annotate`. */
export interface LabelOptions extends ConnectionOptions, SelectOptions, WriteFlags {
  overwrite?: boolean;
  list?: boolean;
  resourceVersion?: string;
}

type Field = "labels" | "annotations";
/** New values; null removes. */
type Changes = Readonly<Record<string, string | null>>;
type Write = (text: string) => void;

/** `wherry label`. */
export const verb: Verb = metadataVerb("labels", "set and remove labels");

/** `wherry label` and `wherry annotate` differ in the field only. */
export function metadataVerb(field: Field, description: string): Verb {
  return {
    description,
    words: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
    client: true,
    completes: "objects",
    flags: (command) =>
      selectorFlag(writeFlags(fileFlags(command)))
        .option("--overwrite", "replace values that are there")
        .option("--all", "all objects of the type")
        .option("-A, --all-namespaces", "of all namespaces")
        .option("--field-selector <selector>", "only objects with these fields")
        .option("--list", "print what is there")
        .option("--local", "change what the files say, and print it, without asking a server")
        .option("--resource-version <version>", "only when the object is at this revision"),
    run: (words, options: LabelOptions, { write }) => changeMetadata(field, words, options, write),
  };
}

/** `wherry label` and `wherry annotate`: sets `key=value`, removes `key-`. */
export async function changeMetadata(field: Field, words: string[], options: LabelOptions, write: Write): Promise<void> {
  const { names, changes } = separate(words, options);
  const what = field === "labels" ? "label" : "annotation";
  if (!Object.keys(changes).length && !options.list) throw new UsageError(`at least one ${what} update is required`);
  const connection = await connect(options);
  try {
    const found = await findObjects(connection, names, options);
    if (options.resourceVersion && found.length > 1) throw new UsageError(`--resource-version may only be used with a single resource`);
    await forEach(found, async (one) => {
      if (options.list) list(field, one, found.length > 1, write);
      else await changeOne(connection, field, one, changes, options, write);
    });
  } finally {
    connection.close();
  }
}

function list(field: Field, { resource, object }: Found, several: boolean, write: Write): void {
  if (several)
    process.stderr.write(`Listing ${field} for ${resource.kind}${resource.group && `.${resource.group}`}/${object.metadata.name}:\n`);
  const entries = Object.entries(object.metadata[field] ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  write(entries.map(([key, value]) => `${several ? " " : ""}${key}=${value}\n`).join(""));
}

async function changeOne(
  connection: Connection,
  field: Field,
  { resource, object }: Found,
  changes: Changes,
  options: LabelOptions,
  write: Write,
): Promise<void> {
  const before = object.metadata[field] ?? {};
  checkOverwrite(field, before, changes, options);
  if (field === "labels" && !options.output) {
    for (const [key, value] of Object.entries(changes)) if (value === null && !(key in before)) write(`label "${key}" not found.\n`);
  }
  const done = outcome(field, before, changes, options);
  if (options.local || options.dryRun === "client") return write(await report(changed(object, field, changes), resource, done, options));
  const { name, namespace } = object.metadata;
  const metadata = { [field]: changes, ...(options.resourceVersion && { resourceVersion: options.resourceVersion }) };
  const manager = field === "labels" ? "kubectl-label" : "kubectl-annotate";
  const send = { dryRun: options.dryRun === "server", fieldManager: options.fieldManager ?? manager };
  const next = await connection.client.patch(definitionOf(resource), { name, namespace }, { type: "merge", body: { metadata } }, send);
  write(await report(next, resource, done, options));
}

/** Source: kubectl pkg/cmd/label/label.go, updateDataChangeMsg. */
function outcome(field: Field, before: Readonly<Record<string, string>>, changes: Changes, { overwrite }: LabelOptions): string {
  if (field === "annotations") return "annotated";
  const entries = Object.entries(changes);
  if (entries.every(([key, value]) => (before[key] ?? null) === value)) return "not labeled";
  return !overwrite && entries.every(([, value]) => value === null) ? "unlabeled" : "labeled";
}

function changed(object: Found["object"], field: Field, changes: Changes): Found["object"] {
  const next = deepCopy(object);
  const values = Object.entries({ ...next.metadata[field], ...changes }).filter((entry): entry is [string, string] => entry[1] !== null);
  next.metadata[field] = Object.fromEntries(values);
  return next;
}

/** Splits `pods web a=b c-` into the names and the changes; null removes. */
function separate(words: string[], options: LabelOptions): { names: string[]; changes: Changes } {
  const isChange = (word: string) => /^[^=]+=/.test(word) || /^[^=]+-$/.test(word);
  const first = words.findIndex((word, i) => isChange(word) && (i > 0 || namesManifests(options)));
  if (first < 0) return { names: words, changes: {} };
  const changes = words.slice(first).map((word): [string, string | null] => {
    const equals = word.indexOf("=");
    if (equals < 0 && !word.endsWith("-")) throw new UsageError(`all resources must be specified before label changes: ${word}`);
    return equals < 0 ? [word.slice(0, -1), null] : [word.slice(0, equals), word.slice(equals + 1)];
  });
  return { names: words.slice(0, first), changes: Object.fromEntries(changes) };
}

function checkOverwrite(field: Field, present: Readonly<Record<string, string>>, changes: Changes, options: LabelOptions): void {
  if (options.overwrite) return;
  const clash = Object.entries(changes).find(([key, value]) => value !== null && key in present && present[key] !== value);
  if (!clash) return;
  const sentence = `'${clash[0]}' already has a value (${present[clash[0]]})`;
  if (field === "labels") throw new UsageError(`${sentence}, and --overwrite is false`);
  throw new UsageError(`--overwrite is false but found the following declared annotation(s): ${sentence}`);
}
