import { type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, selectorFlag } from "../flags.ts";
import { definitionOf, objectLabel } from "../resource-catalogue.ts";
import { parseTargets, type Target, type TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";

export interface LabelOptions extends ConnectionOptions, TargetOptions {
  overwrite?: boolean;
  all?: boolean;
  selector?: string;
}

type Field = "labels" | "annotations";
const DONE: Readonly<Record<Field, string>> = { labels: "labeled", annotations: "annotated" };

/** `wherry label`. */
export const verb: Verb = metadataVerb("labels", "set and remove labels");

/** `wherry label` and `wherry annotate` differ in the field only. */
export function metadataVerb(field: Field, description: string): Verb {
  return {
    description,
    words: "TYPE NAME KEY=VALUE|KEY-...",
    client: true,
    flags: (command) =>
      selectorFlag(fileFlags(command)).option("--overwrite", "replace values that are there").option("--all", "all objects of the type"),
    run: (words, options: LabelOptions, { write }) => changeMetadata(field, words, options, write),
  };
}

/** `wherry label` and `wherry annotate`: sets `key=value`, removes `key-`. */
export async function changeMetadata(field: Field, words: string[], options: LabelOptions, write: (text: string) => void): Promise<void> {
  const { names, changes } = separate(words, options);
  const connection = await connect(options);
  try {
    for (const target of await parseTargets(connection, names, options)) {
      const kind = definitionOf(target.resource);
      const objects = target.name
        ? [await connection.client.get(kind, { name: target.name, namespace: target.namespace })]
        : (await connection.client.list(kind, listQuery(target, options))).items;
      for (const object of objects) {
        const { name, namespace } = object.metadata;
        checkOverwrite(field, object.metadata[field] ?? {}, changes, options);
        const next = await connection.client.patch(kind, { name, namespace }, { type: "merge", body: { metadata: { [field]: changes } } });
        const same = next.metadata.resourceVersion === object.metadata.resourceVersion;
        write(`${objectLabel(target.resource, name)} ${same && field === "labels" ? "not labeled" : DONE[field]}\n`);
      }
    }
  } finally {
    connection.close();
  }
}

function listQuery(target: Target, options: LabelOptions) {
  if (!options.all && options.selector === undefined) throw new UsageError("resource(s) were provided, but no name was specified");
  return { namespace: target.namespace, labelSelector: options.selector };
}

/** Splits `pods web a=b c-` into the names and the changes; null removes. */
function separate(words: string[], options: LabelOptions): { names: string[]; changes: Record<string, string | null> } {
  const isChange = (word: string) => /^[^=]+=/.test(word) || /^[^=]+-$/.test(word);
  const first = words.findIndex((word, i) => isChange(word) && (i > 0 || options.filename !== undefined));
  if (first < 0) throw new UsageError("at least one label update is required: key=value to set, key- to remove");
  const changes = words.slice(first).map((word): [string, string | null] => {
    const equals = word.indexOf("=");
    if (equals < 0 && !word.endsWith("-"))
      throw new UsageError(`unexpected argument ${JSON.stringify(word)}: after the first update all must be key=value or key-`);
    return equals < 0 ? [word.slice(0, -1), null] : [word.slice(0, equals), word.slice(equals + 1)];
  });
  return { names: words.slice(0, first), changes: Object.fromEntries(changes) };
}

function checkOverwrite(
  field: Field,
  present: Readonly<Record<string, string>>,
  changes: Record<string, string | null>,
  options: LabelOptions,
): void {
  if (options.overwrite) return;
  const clash = Object.entries(changes).find(([key, value]) => value !== null && key in present && present[key] !== value);
  if (clash && field === "labels")
    throw new UsageError(`'${clash[0]}' already has a value (${present[clash[0]]}), and --overwrite is false`);
  if (clash)
    throw new UsageError(
      `--overwrite is false but found the following declared annotation(s): '${clash[0]}' already has a value (${present[clash[0]]})`,
    );
}
