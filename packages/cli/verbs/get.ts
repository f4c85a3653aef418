import { type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { commaList, fileFlags, outputFlag, selectorFlag } from "../flags.ts";
import { namesManifests } from "../manifests.ts";
import { type OutputOptions, parseOutput } from "../output/format.ts";
import { sendRaw } from "../raw-call.ts";
import { parseTargets, type TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";
import { printObjects } from "./get/objects.ts";
import { printTables } from "./get/tables.ts";

/** The flags of `get`. */
export interface GetOptions extends ConnectionOptions, TargetOptions, OutputOptions {
  selector?: string;
  fieldSelector?: string;
  watch?: boolean;
  watchOnly?: boolean;
  outputWatchEvents?: boolean;
  headers?: boolean;
  showLabels?: boolean;
  showKind?: boolean;
  labelColumns?: string[];
  ignoreNotFound?: boolean;
  chunkSize?: string;
  sortBy?: string;
  subresource?: string;
  serverPrint?: boolean;
  raw?: string;
}

type Write = (text: string) => void;

/** `wherry get`. */
export const verb: Verb = {
  description: "print objects",
  words: "TYPE [NAME...]",
  client: true,
  completes: "objects",
  flags: (command) =>
    selectorFlag(fileFlags(outputFlag(command)))
      .option("-A, --all-namespaces", "of all namespaces")
      .option("--field-selector <selector>", "only objects with these fields")
      .option("-w, --watch", "go on with every change")
      .option("--watch-only", "only changes")
      .option("--output-watch-events", "with --watch: what happened to each")
      .option("--no-headers", "without the header line")
      .option("--show-labels", "with all labels as the last column")
      .option("--show-kind", "with the kind before each name")
      .option("-L, --label-columns <labels>", "these labels as columns", commaList)
      .option("--ignore-not-found", "a missing object is no error")
      .option("--sort-by <path>", "in the order of this field, such as .metadata.creationTimestamp")
      .option("--subresource <name>", "this part of the objects, such as status or scale")
      .option("--no-server-print", "names and ages only, without the server's own columns")
      .option("--chunk-size <n>", "objects in each call", "500")
      .option("--raw <path>", "GET this path, and print the answer as it comes"),
  run: (words, options: GetOptions, { write }) => get(words, options, write),
};

/** What is said when no resource is named; kubectl puts its first lines before the word "error". */
const NOTHING_NAMED = `Required resource not specified.
Use "wherry explain <resource>" for a detailed description of that resource (e.g. wherry explain pods), and "wherry api-resources" for a complete list of supported resources.`;

/** `wherry get`: prints objects; with `--watch` goes on with every change until interrupted. */
export async function get(words: string[], options: GetOptions, write: Write): Promise<void> {
  if (options.raw !== undefined) return sendRaw("GET", options.raw, options, write);
  const format = parseOutput(options.output, options);
  if (!words.length && !namesManifests(options)) throw new UsageError(NOTHING_NAMED);
  if (options.outputWatchEvents && !options.watch && !options.watchOnly)
    throw new UsageError("--output-watch-events option can only be used with --watch or --watch-only");
  const connection = await connect(options);
  try {
    const targets = await parseTargets(connection, words, options);
    if (options.watch || options.watchOnly)
      return await (await import("./get/watch.ts")).watch(connection, targets, options, format, write);
    if (format.type === "table") await printTables(connection, targets, options, format.wide, write);
    else await printObjects(connection, targets, options, format, write);
  } finally {
    connection.close();
  }
}
