import { lineBatches } from "@wherry/client/line-splitter.ts";
import type { ApiObject } from "@wherry/machinery";
import type { Connection } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { type OutputFormat, printObject } from "../../output/format.ts";
import { fetchTable, headerCells, rowCells, type ServerTable, TABLE_ACCEPT } from "../../output/server-table.ts";
import { textTable } from "../../output/text-table.ts";
import { objectLabel } from "../../resource-catalogue.ts";
import type { Target } from "../../targets.ts";
import type { GetOptions } from "../get.ts";
import { pathOf } from "./query.ts";
import { rowOptions } from "./tables.ts";

/** A change, as a table of one row or more. */
interface Change {
  type: string;
  table: ServerTable;
}

/** Prints what is there, then every change, until the server ends it; a header once. */
export async function watch(
  connection: Connection,
  targets: Target[],
  options: GetOptions,
  format: OutputFormat,
  write: (text: string) => void,
): Promise<void> {
  const [target, ...others] = targets;
  if (!target || others.length) throw new UsageError("you may only specify a single resource type");
  const listed = { ...target, name: undefined };
  const selected = target.name
    ? { ...options, fieldSelector: [options.fieldSelector, `metadata.name=${target.name}`].filter(Boolean).join(",") }
    : options;
  const print = printer(target, options, format, write);
  const include = { includeObject: format.type === "table" ? "Metadata" : "Object" };
  const list = await fetchTable(connection.client, pathOf(listed, selected, include));
  if (!options.watchOnly && list.rows?.length) await print({ type: "ADDED", table: list });
  const query = { ...include, watch: "true", resourceVersion: list.metadata.resourceVersion ?? "" };
  let { columnDefinitions } = list;
  for await (const change of changes(connection, pathOf(listed, selected, query))) {
    // Only the first table of a watch says what its columns are.
    if (change.table.columnDefinitions?.length) columnDefinitions = change.table.columnDefinitions;
    await print({ ...change, table: { ...change.table, columnDefinitions } });
  }
}

function printer(
  target: Target,
  options: GetOptions,
  format: OutputFormat,
  write: (text: string) => void,
): (change: Change) => Promise<void> {
  const rows = rowOptions(target, options, format.type === "table" && format.wide, false);
  let headers = options.headers !== false;
  const withType = (cells: string[], type: string) => (options.outputWatchEvents ? [type, ...cells] : cells);
  return async ({ type, table }) => {
    if (format.type === "table") {
      const lines = rowCells(table, rows).map((cells) => withType(cells, type));
      write(textTable([...(headers ? [withType(headerCells(table, rows), "EVENT")] : []), ...lines]));
      headers = false;
      return;
    }
    for (const { object } of table.rows ?? []) {
      const shown = options.outputWatchEvents && (format.type === "json" || format.type === "yaml") ? { object, type } : object;
      write(await printObject(shown, format, (o) => objectLabel(target.resource, (o as ApiObject).metadata.name)));
    }
  };
}

async function* changes(connection: Connection, path: string): AsyncGenerator<Change> {
  const response = await connection.client.raw({ method: "GET", path, headers: { accept: TABLE_ACCEPT } });
  for await (const lines of lineBatches(response.body)) {
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as { type: string; object: ServerTable & { message?: string } };
      if (type === "ERROR") throw new UsageError(object.message ?? "the watch failed");
      if (type !== "BOOKMARK") yield { type, table: object };
    }
  }
}
