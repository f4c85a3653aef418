import type { ApiObject } from "@wherry/machinery";
import { humanDuration } from "@wherry/machinery/human-duration.ts";
import type { Connection } from "../../connection.ts";
import { fetchTable, headerCells, type RowOptions, rowCells, type ServerTable } from "../../output/server-table.ts";
import { textTable } from "../../output/text-table.ts";
import { objectLabel } from "../../resource-catalogue.ts";
import type { Target } from "../../targets.ts";
import type { GetOptions } from "../get.ts";
import { fetchEach, pathOf, throwFailures } from "./query.ts";
import { sortByPath } from "./sort.ts";

/** Prints what the targets name as the server's tables, one for each resource. What could not be had is told after the rest. */
export async function printTables(
  connection: Connection,
  targets: Target[],
  options: GetOptions,
  wide: boolean,
  write: (text: string) => void,
): Promise<void> {
  const groups = [...Map.groupBy(targets, (t) => t.resource).values()];
  const blocks: string[] = [];
  const failures: unknown[] = [];
  for (const group of groups) {
    const rows = rowOptions(group[0] as Target, options, wide, groups.length > 1);
    const fetched = await fetchEach(group, options, (target) => tableOf(connection, target, options));
    failures.push(...fetched.failures);
    const tables = options.sortBy ? sorted(fetched.found, options.sortBy) : fetched.found;
    const lines = tables.flatMap((table) => rowCells(table, rows));
    if (lines.length)
      blocks.push(textTable([...(options.headers === false ? [] : [headerCells(tables[0] as ServerTable, rows)]), ...lines]));
  }
  write(blocks.join("\n"));
  if (!blocks.length && !failures.length && !options.ignoreNotFound) process.stderr.write(nothingFound(targets));
  throwFailures(failures);
}

/** How the rows of a resource are shown. */
export function rowOptions({ resource }: Target, options: GetOptions, wide: boolean, several: boolean): RowOptions {
  return {
    wide,
    withNamespace: Boolean(options.allNamespaces && resource.namespaced),
    ...((several || options.showKind) && { prefix: objectLabel(resource, "") }),
    ...(options.showLabels && { showLabels: true }),
    ...(options.labelColumns && { labelColumns: options.labelColumns }),
  };
}

/** All pages of a target as one table. */
async function tableOf(connection: Connection, target: Target, options: GetOptions): Promise<ServerTable> {
  const plain = options.serverPrint === false;
  const limit: Record<string, string> = target.name || options.chunkSize === "0" ? {} : { limit: options.chunkSize ?? "500" };
  const extra = { ...limit, ...((options.sortBy || plain) && { includeObject: "Object" }) };
  const table = await fetchTable(connection.client, pathOf(target, options, extra));
  for (let token = table.metadata.continue; token; ) {
    const page = await fetchTable(connection.client, pathOf(target, options, { ...extra, continue: token }));
    table.rows = [...(table.rows ?? []), ...(page.rows ?? [])];
    token = page.metadata.continue;
  }
  return plain ? withoutColumns(table) : table;
}

/** `--server-print=false`: what is known of any object. */
function withoutColumns(table: ServerTable): ServerTable {
  const now = Date.now();
  const ageOf = (object: object) => humanDuration(now - Date.parse((object as ApiObject).metadata.creationTimestamp));
  return {
    ...table,
    columnDefinitions: [
      { name: "Name", type: "string", priority: 0 },
      { name: "Age", type: "string", priority: 0 },
    ],
    rows: (table.rows ?? []).map(({ object }) => ({ cells: [object.metadata.name, ageOf(object)], object })),
  };
}

function sorted(tables: readonly ServerTable[], path: string): ServerTable[] {
  const [first] = tables;
  const rows = tables.flatMap((table) => table.rows ?? []);
  return first ? [{ ...first, rows: sortByPath(rows, path, ({ object }) => object) }] : [];
}

function nothingFound(targets: readonly Target[]): string {
  const namespace = targets.find((t) => t.namespace)?.namespace;
  return namespace ? `No resources found in ${namespace} namespace.\n` : "No resources found\n";
}
