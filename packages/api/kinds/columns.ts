import type { ApiObject, Column } from "@wherry/machinery";

type AnyColumn = Omit<Column<ApiObject>, "value"> & { value(o: ApiObject, now: number): string };

export const nameColumn: AnyColumn = { name: "Name", type: "string", format: "name", value: (o) => o.metadata.name };

export const ageColumn: AnyColumn = { name: "Age", type: "string", value: (o, now) => since(o.metadata.creationTimestamp, now) };

/** How long ago an RFC 3339 time was, as a person reads it; `<unknown>` when there is none. */
export function since(time: string | undefined, now: number): string {
  return time ? humanDuration(now - Date.parse(time)) : "<unknown>";
}

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

function humanDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 120 ? `${seconds}s` : seconds < 7200 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`;
}
