import { lineBatches } from "@wherry/client/line-splitter.ts";
import { collectionPath } from "@wherry/client/resource-path.ts";
import { type ApiObject, apiVersionOf } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { commaList, fileFlags, outputFlag, selectorFlag } from "../flags.ts";
import { type OutputFormat, parseOutput, printObject } from "../output/format.ts";
import { fetchTable, headerCells, type RowOptions, rowCells, type ServerTable, TABLE_ACCEPT } from "../output/server-table.ts";
import { textTable } from "../output/text-table.ts";
import { definitionOf, objectLabel, type Resource } from "../resource-catalogue.ts";
import { parseTargets, type Target, type TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";

export interface GetOptions extends ConnectionOptions, TargetOptions {
  output?: string;
  selector?: string;
  fieldSelector?: string;
  watch?: boolean;
  watchOnly?: boolean;
  headers?: boolean;
  showLabels?: boolean;
  labelColumns?: string[];
  ignoreNotFound?: boolean;
  chunkSize?: string;
}

type Write = (text: string) => void;

/** `wherry get`. */
export const verb: Verb = {
  description: "print objects",
  words: "TYPE [NAME...]",
  client: true,
  flags: (command) =>
    selectorFlag(fileFlags(outputFlag(command)))
      .option("-A, --all-namespaces", "of all namespaces")
      .option("--field-selector <selector>", "only objects with these fields")
      .option("-w, --watch", "go on with every change")
      .option("--watch-only", "only changes")
      .option("--no-headers", "without the header line")
      .option("--show-labels", "with all labels as the last column")
      .option("-L, --label-columns <labels>", "these labels as columns", commaList)
      .option("--ignore-not-found", "a missing object is no error")
      .option("--chunk-size <n>", "objects in each call"),
  run: (words, options: GetOptions, { write }) => get(words, options, write),
};

/** `wherry get`: prints objects; with `--watch` goes on with every change until interrupted. */
export async function get(words: string[], options: GetOptions, write: Write): Promise<void> {
  const format = parseOutput(options.output);
  const connection = await connect(options);
  try {
    const targets = await parseTargets(connection, words, options);
    if (options.watch || options.watchOnly) return await watch(connection, targets, options, format, write);
    if (format.type === "table") await printTables(connection, targets, options, format.wide, write);
    else await printObjects(connection, targets, options, format, write);
  } finally {
    connection.close();
  }
}

function pathOf(target: Target, options: GetOptions, extra: Record<string, string> = {}): string {
  const base = collectionPath(definitionOf(target.resource), target.namespace);
  const fields = [options.fieldSelector, target.name && extra.watch ? `metadata.name=${target.name}` : undefined].filter(Boolean).join(",");
  const query = new URLSearchParams({
    ...(options.selector && { labelSelector: options.selector }),
    ...(fields && { fieldSelector: fields }),
    ...extra,
  });
  const byName = target.name && !extra.watch ? `/${encodeURIComponent(target.name)}` : "";
  return `${base}${byName}${query.size && !byName ? `?${query}` : ""}`;
}

async function printTables(connection: Connection, targets: Target[], options: GetOptions, wide: boolean, write: Write): Promise<void> {
  const groups = groupByResource(targets);
  const blocks: string[] = [];
  for (const group of groups) {
    const resource = (group[0] as Target).resource;
    const rows: RowOptions = {
      wide,
      withNamespace: Boolean(options.allNamespaces && resource.namespaced),
      ...(groups.length > 1 && { prefix: objectLabel(resource, "") }),
      ...(options.showLabels && { showLabels: true }),
      ...(options.labelColumns && { labelColumns: options.labelColumns }),
    };
    const tables = await Promise.all(group.map((target) => tableOf(connection, target, options)));
    const found = tables.filter((t) => t !== undefined);
    const lines = found.flatMap((table) => rowCells(table, rows));
    if (lines.length)
      blocks.push(textTable([...(options.headers === false ? [] : [headerCells(found[0] as ServerTable, rows)]), ...lines]));
  }
  write(blocks.join("\n"));
  if (!blocks.length && !options.ignoreNotFound) process.stderr.write(nothingFound(targets));
}

/** All pages of a target as one table; undefined when it is not there and that is no error. */
async function tableOf(connection: Connection, target: Target, options: GetOptions): Promise<ServerTable | undefined> {
  const limit: Record<string, string> = target.name ? {} : { limit: options.chunkSize ?? "500" };
  try {
    const table = await fetchTable(connection.client, pathOf(target, options, limit));
    for (let token = table.metadata.continue; token; ) {
      const page = await fetchTable(connection.client, pathOf(target, options, { ...limit, continue: token }));
      table.rows = [...(table.rows ?? []), ...(page.rows ?? [])];
      token = page.metadata.continue;
    }
    return table;
  } catch (error) {
    if (options.ignoreNotFound && (error as { code?: number }).code === 404) return undefined;
    throw error;
  }
}

function groupByResource(targets: readonly Target[]): Target[][] {
  return [...Map.groupBy(targets, (t) => t.resource).values()];
}

function nothingFound(targets: readonly Target[]): string {
  const namespace = targets.find((t) => t.namespace)?.namespace;
  return namespace ? `No resources found in ${namespace} namespace.\n` : "No resources found\n";
}

async function printObjects(
  connection: Connection,
  targets: Target[],
  options: GetOptions,
  format: OutputFormat,
  write: Write,
): Promise<void> {
  const found = (await Promise.all(targets.map((target) => objectsOf(connection, target, options)))).flat();
  const single = targets.length === 1 && targets[0]?.name !== undefined;
  const value = single ? found[0] : { apiVersion: "v1", items: found, kind: "List", metadata: { resourceVersion: "" } };
  if (value === undefined) return;
  const resources = new Map(targets.map((t) => [`${apiVersionOf(t.resource)}/${t.resource.kind}`, t.resource]));
  write(await printObject(value, format, (object) => nameOf(object as ApiObject, resources)));
}

function nameOf(object: ApiObject, resources: ReadonlyMap<string, Resource>): string {
  const resource = resources.get(`${object.apiVersion}/${object.kind}`);
  if (!resource) throw new UsageError(`${object.kind} of ${object.apiVersion} was not asked for`);
  return objectLabel(resource, object.metadata.name);
}

async function objectsOf(connection: Connection, target: Target, options: GetOptions): Promise<ApiObject[]> {
  const kind = definitionOf(target.resource);
  const query = { labelSelector: options.selector, fieldSelector: options.fieldSelector, namespace: target.namespace };
  if (target.name === undefined) return (await connection.client.list(kind, query)).items;
  try {
    return [await connection.client.get(kind, { name: target.name, namespace: target.namespace })];
  } catch (error) {
    if (options.ignoreNotFound && (error as { code?: number }).code === 404) return [];
    throw error;
  }
}

/** Prints what is there, then every change; a header once. */
async function watch(connection: Connection, targets: Target[], options: GetOptions, format: OutputFormat, write: Write): Promise<void> {
  const [target, ...others] = targets;
  if (!target || others.length) throw new UsageError("you may only specify a single resource type to watch");
  const rows: RowOptions = {
    wide: format.type === "table" && format.wide,
    withNamespace: Boolean(options.allNamespaces && target.resource.namespaced),
  };
  const list = await fetchTable(connection.client, pathOf({ ...target, name: undefined }, named(options, target)));
  const print = async (table: ServerTable, headers: boolean) => {
    if (format.type === "table")
      write(textTable([...(headers && options.headers !== false ? [headerCells(table, rows)] : []), ...rowCells(table, rows)]));
    else
      for (const row of table.rows ?? [])
        write(await printObject(row.object, format, (o) => objectLabel(target.resource, (o as ApiObject).metadata.name)));
  };
  const shown = options.watchOnly ? { ...list, rows: [] } : list;
  if (shown.rows?.length) await print(shown, true);
  let headers = !shown.rows?.length;
  for await (const table of changes(connection, target, options, list.metadata.resourceVersion ?? "", format.type !== "table")) {
    await print(
      { ...table, columnDefinitions: table.columnDefinitions?.length ? table.columnDefinitions : list.columnDefinitions },
      headers,
    );
    headers = false;
  }
}

const named = (options: GetOptions, target: Target): GetOptions =>
  target.name ? { ...options, fieldSelector: [options.fieldSelector, `metadata.name=${target.name}`].filter(Boolean).join(",") } : options;

async function* changes(
  connection: Connection,
  target: Target,
  options: GetOptions,
  resourceVersion: string,
  whole: boolean,
): AsyncGenerator<ServerTable> {
  const query = { watch: "true", resourceVersion, ...(whole && { includeObject: "Object" }) };
  const response = await connection.client.raw({ method: "GET", path: pathOf(target, options, query), headers: { accept: TABLE_ACCEPT } });
  for await (const lines of lineBatches(response.body)) {
    for (const line of lines) {
      const event = JSON.parse(line) as { type: string; object: ServerTable & { message?: string } };
      if (event.type === "ERROR") throw new UsageError(event.object.message ?? "the watch failed");
      if (event.type !== "BOOKMARK") yield event.object;
    }
  }
}
