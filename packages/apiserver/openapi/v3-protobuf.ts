import { WireWriter } from "../protobuf/wire.ts";
import type { Node } from "./schemas.ts";

/** An OpenAPI v3 document in protobuf. Field numbers: gnostic's OpenAPIv3.proto. What it does not know is left out. */
export function openApiV3Protobuf(document: Node): Uint8Array {
  const { info, paths, components } = document as Record<"info" | "paths" | "components", Node>;
  const { schemas = {}, securitySchemes = {} } = components as Record<string, Record<string, Node>>;
  const items = map(paths, (writer, name, item) => writer.message(1, named(name, pathItem(item))));
  const parts = new WireWriter()
    .message(
      1,
      map(schemas, (writer, name, schema) => writer.message(1, named(name, schemaOrReference(schema)))),
    )
    .message(
      7,
      map(securitySchemes, (writer, name, scheme) => writer.message(1, named(name, securityScheme(scheme)))),
    );
  return new WireWriter()
    .text(1, document.openapi as string)
    .message(2, new WireWriter().text(1, info.title as string).text(6, info.version as string))
    .message(4, items)
    .message(5, parts)
    .finish();
}

const named = (name: string, value: WireWriter) => new WireWriter().text(1, name).message(2, value);

function map(entries: object, write: (writer: WireWriter, name: string, value: Node) => void): WireWriter {
  const writer = new WireWriter();
  for (const [name, value] of Object.entries(entries)) write(writer, name, value as Node);
  return writer;
}

const METHODS: Readonly<Record<string, number>> = { get: 4, put: 5, post: 6, delete: 7, patch: 10 };

function pathItem(item: Node): WireWriter {
  const writer = new WireWriter();
  for (const [method, number] of Object.entries(METHODS)) if (item[method]) writer.message(number, operation(item[method] as Node));
  for (const parameter of (item.parameters as Node[] | undefined) ?? []) writer.message(13, parameterMessage(parameter));
  return writer;
}

function operation(node: Node): WireWriter {
  const writer = new WireWriter().text(3, node.description as string | undefined);
  for (const parameter of (node.parameters as Node[] | undefined) ?? []) writer.message(6, parameterMessage(parameter));
  const { requestBody, responses } = node as { requestBody?: Node; responses?: Record<string, Node> };
  if (requestBody) {
    const body = new WireWriter().message(2, mediaTypes(requestBody)).flag(3, requestBody.required as boolean | undefined);
    writer.message(7, new WireWriter().message(1, body));
  }
  const answers = map(responses ?? {}, (all, code, response) => {
    const message = new WireWriter()
      .text(1, response.description as string)
      .message(3, response.content ? mediaTypes(response) : undefined);
    all.message(2, named(code, new WireWriter().message(1, message)));
  });
  return extensions(writer.message(8, answers), 13, node);
}

function parameterMessage(node: Node): WireWriter {
  const { name, in: place, description, required, schema } = node as { name: string; in: string } & Record<string, unknown>;
  const parameter = new WireWriter()
    .text(1, name)
    .text(2, place)
    .text(3, description as string | undefined)
    .flag(4, required as boolean | undefined)
    .message(10, schemaOrReference(schema as Node));
  return new WireWriter().message(1, parameter);
}

function mediaTypes({ content }: Node): WireWriter {
  return map(content as object, (writer, type, media) => {
    writer.message(1, named(type, new WireWriter().message(1, schemaOrReference(media.schema as Node))));
  });
}

function securityScheme({ type, description, name, in: place }: Node): WireWriter {
  const [kind, text, key, where] = [type, description, name, place] as string[];
  return new WireWriter().message(1, new WireWriter().text(1, kind).text(2, text).text(3, key).text(4, where));
}

function schemaOrReference(node: Node): WireWriter {
  if (node.$ref !== undefined) return new WireWriter().message(2, new WireWriter().text(1, node.$ref as string));
  return new WireWriter().message(1, schemaMessage(node));
}

function schemaMessage(node: Node): WireWriter {
  const { required, enum: values, type, allOf, oneOf, items, properties, additionalProperties, uniqueItems } = node;
  const writer = new WireWriter().flag(20, uniqueItems as boolean | undefined);
  for (const name of (required as string[] | undefined) ?? []) writer.text(23, name);
  for (const value of (values as unknown[] | undefined) ?? []) writer.message(24, yaml(value));
  writer.text(25, type as string | undefined);
  for (const each of (allOf as Node[] | undefined) ?? []) writer.message(26, schemaOrReference(each));
  for (const each of (oneOf as Node[] | undefined) ?? []) writer.message(27, schemaOrReference(each));
  if (items) writer.message(30, new WireWriter().message(1, schemaOrReference(items as Node)));
  if (properties)
    writer.message(
      31,
      map(properties, (all, name, child) => all.message(1, named(name, schemaOrReference(child)))),
    );
  if (additionalProperties) writer.message(32, new WireWriter().message(1, schemaOrReference(additionalProperties as Node)));
  if (typeof node.default === "string" || typeof node.default === "boolean")
    writer.message(33, typeof node.default === "string" ? new WireWriter().text(3, node.default) : new WireWriter().flag(2, node.default));
  return extensions(writer.text(34, node.description as string | undefined).text(35, node.format as string | undefined), 36, node);
}

function extensions(writer: WireWriter, number: number, node: Node): WireWriter {
  for (const [name, value] of Object.entries(node)) if (name.startsWith("x-")) writer.message(number, named(name, yaml(value)));
  return writer;
}

/** Any value as YAML, and JSON is YAML. */
const yaml = (value: unknown) => new WireWriter().text(2, `${JSON.stringify(value)}\n`);
