import type { Client } from "@wherry/client";

/** A Table as the server renders it. Source: apimachinery `metav1.Table`. */
export interface ServerTable {
  columnDefinitions: { name: string; type: string; priority: number }[];
  rows: { cells: unknown[]; object: { metadata: { name: string; namespace?: string; labels?: Record<string, string> } } }[] | null;
  metadata: { resourceVersion?: string; continue?: string };
}

/** The `Accept` header that asks for a Table. */
export const TABLE_ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/** GETs a path as a Table. */
export async function fetchTable(client: Client, path: string): Promise<ServerTable> {
  const response = await client.raw({ method: "GET", path, headers: { accept: TABLE_ACCEPT } });
  return JSON.parse(Buffer.concat(await Array.fromAsync(response.body)).toString());
}

/** How rows are shown. */
export interface RowOptions {
  wide: boolean;
  withNamespace: boolean;
  /** `kind.group/` in front of each name, when several resources are printed. */
  prefix?: string;
  showLabels?: boolean;
  labelColumns?: readonly string[];
}

/** The header of a table in capitals. */
export function headerCells(table: ServerTable, options: RowOptions): string[] {
  const shown = table.columnDefinitions.filter((c) => options.wide || c.priority === 0).map((c) => c.name.toUpperCase());
  const labels = (options.labelColumns ?? []).map((l) => (l.split("/").at(-1) as string).toUpperCase());
  return [...(options.withNamespace ? ["NAMESPACE"] : []), ...shown, ...labels, ...(options.showLabels ? ["LABELS"] : [])];
}

/** The rows as text. */
export function rowCells(table: ServerTable, options: RowOptions): string[][] {
  return (table.rows ?? []).map(({ cells, object }) => {
    const { namespace = "", labels = {} } = object.metadata;
    const shown = cells.filter((_, i) => options.wide || table.columnDefinitions[i]?.priority === 0).map(cellText);
    if (options.prefix) shown[0] = options.prefix + shown[0];
    const all = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    return [
      ...(options.withNamespace ? [namespace] : []),
      ...shown,
      ...(options.labelColumns ?? []).map((l) => labels[l] ?? ""),
      ...(options.showLabels ? [all.toSorted().join(",") || "<none>"] : []),
    ];
  });
}

const cellText = (cell: unknown): string => (cell === null || cell === undefined ? "<none>" : String(cell).replaceAll("\n", "\\n"));
