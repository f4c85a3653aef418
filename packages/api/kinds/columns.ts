import { type ApiObject, type Column, humanAge } from "@wherry/machinery";

type AnyColumn = Omit<Column<ApiObject>, "value"> & { value(o: ApiObject, now: number): string };

export const nameColumn: AnyColumn = { name: "Name", type: "string", format: "name", value: (o) => o.metadata.name };

export const ageColumn: AnyColumn = { name: "Age", type: "string", value: (o, now) => humanAge(o.metadata.creationTimestamp, now) };

/** `a=b,c=d` in the order of the keys, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(",") || "<none>";
}

/** The first `max` items and how many more there are. */
export function firstAndMore(items: readonly string[], max: number): string {
  const shown = items.slice(0, max).join(",");
  return items.length > max ? `${shown} + ${items.length - max} more...` : shown;
}

/** The columns of a kind for another version of it: each cell is that of the stored form. */
export function columnsThrough<O extends ApiObject, S extends ApiObject>(
  columns: readonly Column<S>[],
  toStored: (o: O) => S,
): Column<O>[] {
  return columns.map((column) => ({ ...column, value: (o, now) => column.value(toStored(o), now) }));
}

/** What is printed of kinds that upstream has no printer for. Source: apiserver `rest.NewDefaultTableConvertor`. */
export const createdAtColumns: readonly AnyColumn[] = [
  nameColumn,
  { name: "Created At", type: "date", value: (o) => o.metadata.creationTimestamp },
];
