import { readFileSync } from "node:fs";
import { escapeHtml } from "@wherry/machinery/patch/last-applied.ts";
import { UsageError } from "../errors.ts";
import { sortKeys, toYaml } from "./yaml.ts";

/** The flags that say how objects are printed. */
export interface OutputOptions {
  output?: string;
  /** What `-o go-template` or `-o jsonpath` shows when it does not say it itself; alone it is a Go template. */
  template?: string;
  showManagedFields?: boolean;
  /** False makes a path that finds nothing an error. */
  allowMissingTemplateKeys?: boolean;
}

/** What `-o` asked for. */
export type OutputFormat =
  | { type: "table"; wide: boolean }
  | { type: "json" | "yaml"; managedFields: boolean }
  | { type: "name" }
  | { type: "jsonpath"; template: string; asJson: boolean; strict: boolean }
  | { type: "go-template"; template: string; strict: boolean }
  | { type: "custom-columns"; spec: string; headers: boolean };

const KNOWN =
  "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml";

/** Reads `-o` and what belongs to it. Throws a UsageError in kubectl's words on an unknown format. */
export function parseOutput(text: string | undefined, options: OutputOptions & { headers?: boolean } = {}): OutputFormat {
  if (!text && options.template) return ofTemplate("go-template", options.template, options) as OutputFormat;
  if (text === undefined || text === "" || text === "wide") return { type: "table", wide: text === "wide" };
  if (text === "name") return { type: text };
  if (text === "json" || text === "yaml") return { type: text, managedFields: Boolean(options.showManagedFields) };
  const [, name = "", value = ""] = (options.template ? undefined : /^([a-z-]+)=(.*)$/s.exec(text)) ?? ["", text, options.template];
  const format = ofTemplate(name, value, options);
  if (format) return format;
  throw new UsageError(`unable to match a printer suitable for the output format ${JSON.stringify(text)}, allowed formats are: ${KNOWN}`);
}

function ofTemplate(name: string, value: string, options: OutputOptions & { headers?: boolean }): OutputFormat | undefined {
  const strict = options.allowMissingTemplateKeys === false;
  const path = (template: string, asJson: boolean) => ({ type: "jsonpath", template, asJson, strict }) as const;
  const headers = options.headers !== false;
  if (!/^(jsonpath(-as-json|-file)?|custom-columns(-file)?|(go-)?template(-file)?|templatefile)$/.test(name)) return undefined;
  if (value === "" && name === "custom-columns") throw new UsageError("custom-columns format specified but no custom columns given");
  if (value === "") throw new UsageError("template format specified but no template given");
  if (/template/.test(name)) return { type: "go-template", template: /file$/.test(name) ? read(value) : value, strict };
  if (name === "custom-columns") return { type: "custom-columns", spec: value, headers };
  if (name === "custom-columns-file") return { type: "custom-columns", spec: columnsOfFile(read(value)), headers };
  return name === "jsonpath-file" ? path(read(value), false) : path(value, name === "jsonpath-as-json");
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const why = missing ? `open ${file}: no such file or directory` : (error as Error).message;
    throw new UsageError(`error reading --template ${file}, ${why}`);
  }
}

/** Two lines: headers, and the paths below them. Source: kubectl pkg/cmd/get/customcolumn.go. */
function columnsOfFile(text: string): string {
  const [headers = [], paths = []] = text.split("\n").map((line) => line.trim().split(/\s+/).filter(Boolean));
  if (!headers.length || headers.length !== paths.length) {
    throw new UsageError(`number of headers (${headers.length}) and field specifications (${paths.length}) don't match`);
  }
  return headers.map((header, i) => `${header}:${paths[i]}`).join(",");
}

/** Prints one object or a List in any format but a table. */
export async function printObject(value: object, format: OutputFormat, nameOf: (object: object) => string): Promise<string> {
  switch (format.type) {
    case "json":
      return `${escapeHtml(JSON.stringify(shown(value, format.managedFields), null, 4))}\n`;
    case "yaml":
      return toYaml(shown(value, format.managedFields));
    case "name":
      return itemsOf(value)
        .map((item) => `${nameOf(item)}\n`)
        .join("");
    case "jsonpath": {
      const { renderJsonPath, renderJsonPathAsJson } = await import("./jsonpath.ts");
      return format.asJson
        ? renderJsonPathAsJson(format.template, sortKeys(value))
        : renderJsonPath(format.template, sortKeys(value), format.strict);
    }
    case "go-template":
      return (await import("./go-template/print.ts")).renderGoTemplate(format.template, value, format.strict);
    case "custom-columns":
      return (await import("./custom-columns.ts")).renderCustomColumns(format.spec, itemsOf(value), format.headers);
    case "table":
      throw new Error("a table is printed from the server's own Table");
  }
}

function shown(value: object, managedFields: boolean): unknown {
  if (managedFields) return sortKeys(value);
  const bare = (object: object) => {
    const { metadata } = object as { metadata?: Record<string, unknown> };
    if (!metadata?.managedFields) return object;
    const { managedFields: _, ...rest } = metadata;
    return { ...object, metadata: rest };
  };
  const { items } = value as { items?: object[] };
  return sortKeys(Array.isArray(items) ? { ...value, items: items.map(bare) } : bare(value));
}

/** The items of a List, or the object alone. */
export function itemsOf(value: object): object[] {
  const { items } = value as { items?: object[] };
  return Array.isArray(items) ? items : [value];
}

export { sortKeys } from "./yaml.ts";
