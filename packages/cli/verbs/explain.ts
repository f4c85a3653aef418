import type { Client } from "@wherry/client";
import { apiVersionOf } from "@wherry/machinery/kind.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import type { Resource } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";

export interface ExplainOptions extends ConnectionOptions {
  recursive?: boolean;
  apiVersion?: string;
}

/** A schema as OpenAPI v3 writes it. */
interface OpenApiSchema {
  $ref?: string;
  allOf?: OpenApiSchema[];
  type?: string;
  description?: string;
  properties?: Record<string, OpenApiSchema>;
  required?: string[];
  items?: OpenApiSchema;
  additionalProperties?: OpenApiSchema;
  enum?: string[];
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
}

type Schemas = Record<string, OpenApiSchema>;

const WIDTH = 80;

/** `wherry explain`. */
export const verb: Verb = {
  description: "explain a kind's fields",
  words: "TYPE[.FIELD...]",
  client: true,
  completes: "types",
  flags: (command) =>
    command
      .option("--recursive", "all fields below, without descriptions")
      .option("--api-version <group/version>", "of this version")
      .option("-o, --output <format>", "plaintext is the only one"),
  run: (words, options: ExplainOptions, { write }) => explain(words, options, write),
};

/** `wherry explain TYPE[.FIELD...]`: types and descriptions from the server's OpenAPI document. */
export async function explain(words: string[], options: ExplainOptions, write: (text: string) => void): Promise<void> {
  const [path] = words;
  if (!path) throw new UsageError("You must specify the type of resource to explain, such as pod.spec (see `wherry api-resources`)");
  const connection = await connect(options);
  try {
    const [type, fields] = await typeAndFields(connection, path, options.apiVersion);
    const resource = await resourceOf(connection, type, options.apiVersion);
    const { group, version, kind } = resource;
    const schemas = await schemasOf(connection.client, group, version);
    const top = Object.values(schemas).find((s) =>
      s["x-kubernetes-group-version-kind"]?.some((g) => g.kind === kind && g.group === group && g.version === version),
    );
    if (!top) throw new UsageError(`couldn't find resource for "${apiVersionOf(resource)}, Kind=${kind}"`);
    write(`${group ? `GROUP:      ${group}\n` : ""}KIND:       ${kind}\nVERSION:    ${version}\n\n`);
    write(`${page(schemas, top, fields, Boolean(options.recursive))}`);
  } finally {
    connection.close();
  }
}

/** `deployments.apps.spec` names the group, too, unless another flag does. */
async function typeAndFields(
  connection: Connection,
  path: string,
  apiVersion: string | undefined,
): Promise<[type: string, fields: string[]]> {
  const names =
    apiVersion !== undefined
      ? []
      : (await connection.resources.all()).filter(({ group }) => group).map(({ name, group }) => `${name}.${group}`);
  const named = names.find((name) => path === name || path.startsWith(`${name}.`));
  const [type, ...fields] = path.split(".") as [string, ...string[]];
  return named ? [named, path.slice(named.length).split(".").filter(Boolean)] : [type, fields];
}

async function resourceOf(connection: Connection, type: string, apiVersion: string | undefined): Promise<Resource> {
  const found = await connection.resources.find(type);
  if (apiVersion === undefined) return found;
  const other = (await connection.resources.all()).find((r) => r.name === found.name && apiVersionOf(r) === apiVersion);
  if (!other) throw new UsageError(`couldn't find resource for "${apiVersion}, Resource=${found.name}"`);
  return other;
}

async function schemasOf(client: Client, group: string, version: string): Promise<Schemas> {
  const path = group ? `/openapi/v3/apis/${group}/${version}` : `/openapi/v3/api/${version}`;
  const response = await client.raw({ method: "GET", path });
  const document = JSON.parse(Buffer.concat(await Array.fromAsync(response.body)).toString()) as { components: { schemas: Schemas } };
  return document.components.schemas;
}

function resolve(schemas: Schemas, schema: OpenApiSchema): OpenApiSchema {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  const target = ref && schemas[ref.slice(ref.lastIndexOf("/") + 1)];
  return target ? { ...target, ...(schema.description && { description: schema.description }) } : schema;
}

/** The name of that schema; undefined when it has none. */
function elementName(schemas: Schemas, schema: OpenApiSchema): string | undefined {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  const { items, additionalProperties } = resolve(schemas, schema);
  const inner = items ?? additionalProperties;
  return inner ? elementName(schemas, inner) : ref?.slice(ref.lastIndexOf("/") + 1);
}

/** The schema whose fields a reader wants: of a list its items, of a map its values. */
function element(schemas: Schemas, schema: OpenApiSchema): OpenApiSchema {
  const resolved = resolve(schemas, schema);
  const inner = resolved.items ?? resolved.additionalProperties;
  return inner ? element(schemas, inner) : resolved;
}

function typeName(schemas: Schemas, schema: OpenApiSchema): string {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  const resolved = resolve(schemas, schema);
  if (resolved.items) return `[]${typeName(schemas, resolved.items)}`;
  if (resolved.additionalProperties) return `map[string]${typeName(schemas, resolved.additionalProperties)}`;
  if (resolved["x-kubernetes-int-or-string"]) return "IntOrString";
  const named = ref?.slice(ref.lastIndexOf(".") + 1);
  return resolved.properties || resolved.type === undefined || (ref && resolved.type === "object") ? (named ?? "Object") : resolved.type;
}

function page(schemas: Schemas, top: OpenApiSchema, fields: readonly string[], recursive: boolean): string {
  let schema = top;
  let heading = "";
  for (const field of fields) {
    const found = element(schemas, schema).properties?.[field];
    if (!found) throw new UsageError(`field "${field}" does not exist`);
    heading = `FIELD: ${field} <${typeName(schemas, found)}>\n\n\n`;
    schema = found;
  }
  const shown = element(schemas, schema);
  const own = resolve(schemas, schema).description ?? "";
  const named = schemas[elementName(schemas, schema) ?? ""];
  const texts = (named ? [own, named.description ?? ""] : [...new Set([own, shown.description ?? ""])]).filter(Boolean);
  const values = shown.enum ? `ENUM:\n${shown.enum.map((v) => `    ${v}\n`).join("")}\n` : "";
  const list = shown.properties ? `FIELDS:\n${fieldLines(schemas, shown, 2, recursive, new Set())}` : "";
  return `${heading}${values}DESCRIPTION:\n${wrap(texts.join("\n") || "<empty>", 4)}    \n${list}\n`;
}

function fieldLines(schemas: Schemas, schema: OpenApiSchema, indent: number, recursive: boolean, above: ReadonlySet<string>): string {
  return Object.entries(schema.properties ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => {
      const required = schema.required?.includes(key) ? " -required-" : "";
      const line = `${" ".repeat(indent)}${key}\t<${typeName(schemas, field)}>${required}\n`;
      if (!recursive) return `${line}${wrap(resolve(schemas, field).description ?? "<no description>", indent + 2)}\n`;
      const name = elementName(schemas, field);
      if (name !== undefined && above.has(name)) return line;
      return line + fieldLines(schemas, element(schemas, field), indent + 2, true, new Set([...above, ...(name ? [name] : [])]));
    })
    .join("");
}

/** Breaks text at spaces so that no line is wider than a terminal. */
function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line && line.length + word.length + 1 > WIDTH - indent) {
        lines.push(line);
        line = word;
      } else line = line ? `${line} ${word}` : word;
    }
    lines.push(line);
  }
  return lines.map((line) => `${" ".repeat(indent)}${line.trimEnd()}\n`).join("");
}
