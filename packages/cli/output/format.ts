import { UsageError } from "../errors.ts";

/** What `-o` asked for. */
export type OutputFormat =
  | { type: "table"; wide: boolean }
  | { type: "json" | "yaml" | "name" }
  | { type: "jsonpath"; template: string }
  | { type: "custom-columns"; spec: string };

/** Reads the value of `-o`. Throws a UsageError in kubectl's words on an unknown one. */
export function parseOutput(text: string | undefined): OutputFormat {
  if (text === undefined || text === "wide") return { type: "table", wide: text === "wide" };
  if (text === "json" || text === "yaml" || text === "name") return { type: text };
  for (const type of ["jsonpath", "custom-columns"] as const) {
    const value = text.startsWith(`${type}=`) ? text.slice(type.length + 1) : undefined;
    if (value) return type === "jsonpath" ? { type, template: value } : { type, spec: value };
    if (text === type || value === "") throw new UsageError(`template format specified but no template given`);
  }
  throw new UsageError(
    `unable to match a printer suitable for the output format "${text}", allowed formats are: custom-columns,json,jsonpath,name,wide,yaml`,
  );
}

/** Prints one object or a List in any format but a table. */
export async function printObject(value: object, format: OutputFormat, nameOf: (object: object) => string): Promise<string> {
  switch (format.type) {
    case "json":
      return `${JSON.stringify(sortKeys(value), null, 4)}\n`;
    case "yaml":
      return (await import("yaml")).stringify(sortKeys(value), {
        aliasDuplicateObjects: false,
        indentSeq: false,
        lineWidth: 0,
        // YAML 1.1 readers, Kubernetes' own among them, take bare times and `yes` for something else than text.
        version: "1.1",
      });
    case "name":
      return itemsOf(value)
        .map((item) => `${nameOf(item)}\n`)
        .join("");
    case "jsonpath":
      return (await import("./jsonpath.ts")).renderJsonPath(format.template, value);
    case "custom-columns":
      return (await import("./custom-columns.ts")).renderCustomColumns(format.spec, itemsOf(value));
    case "table":
      throw new Error("a table is printed from the server's own Table");
  }
}

/** The items of a List, or the object alone. */
export function itemsOf(value: object): object[] {
  const { items } = value as { items?: object[] };
  return Array.isArray(items) ? items : [value];
}

/** The value with the keys of every mapping in order, as Kubernetes' own tools write it. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, sortKeys(child)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
