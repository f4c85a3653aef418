import type { Node } from "./schemas.ts";

const MARK = "x-kubernetes-group-version-kind";
const V3_REF = "#/components/schemas/";
const BODIES = ["application/json", "application/yaml"];

/** The OpenAPI v2 document that says what these v3 ones say together. */
export function openApiV2Json(documents: readonly Node[], version: string): Node {
  const definitions: Node = {};
  const paths: Node = {};
  for (const { components, paths: items } of documents as {
    components: { schemas: Record<string, Node> };
    paths: Record<string, Node>;
  }[]) {
    // A schema may be in several documents; that of its own group says which kind it is.
    for (const [name, schema] of Object.entries(components.schemas))
      if (!Object.hasOwn(definitions, name) || MARK in schema) definitions[name] = schemaNode(schema);
    for (const [path, item] of Object.entries(items)) paths[path] = pathItem(item);
  }
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version },
    paths: sorted(paths),
    definitions: sorted(definitions),
    securityDefinitions: {
      BearerToken: { type: "apiKey", name: "authorization", in: "header", description: "Bearer Token authentication" },
    },
    security: [{ BearerToken: [] }],
  };
}

const sorted = (node: Node): Node => Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)));

function pathItem(item: Node): Node {
  const { parameters = [], ...methods } = item as { parameters?: Node[] } & Record<string, Node>;
  const operations = Object.entries(methods).map(([method, node]) => [method, operation(node as Node)]);
  return { ...Object.fromEntries(operations), parameters: (parameters as Node[]).map(parameter) };
}

function operation(node: Node): Node {
  const { requestBody, responses, parameters, ...rest } = node as Node & {
    requestBody?: Node;
    responses: Record<string, Node>;
    parameters: Node[];
  };
  const body = requestBody && { name: "body", in: "body", required: true, schema: schemaOf(requestBody) };
  const answers = Object.entries(responses).map(([code, response]) => {
    const schema = response.content ? { schema: schemaOf(response) } : {};
    return [code, { description: response.description, ...schema }];
  });
  return {
    ...rest,
    consumes: requestBody ? Object.keys(requestBody.content as object) : ["*/*"],
    produces: BODIES,
    schemes: ["https"],
    parameters: [...(body ? [body] : []), ...(parameters ?? []).map(parameter)],
    responses: Object.fromEntries(answers),
  };
}

/** What a parameter may be stands beside its name. */
function parameter({ schema, ...rest }: Node): Node {
  return { ...(schema as Node), ...rest };
}

function schemaOf({ content }: Node): Node {
  const [media] = Object.values(content as Record<string, { schema: Node }>);
  return schemaNode((media as { schema: Node }).schema);
}

/** A reference may have neighbours here, and a number or text is a text of its own format. */
function schemaNode(node: Node): Node {
  if (typeof node.$ref === "string") return { $ref: node.$ref.replace(V3_REF, "#/definitions/") };
  const {
    allOf,
    oneOf: _oneOf,
    anyOf: _anyOf,
    not: _not,
    nullable: _nullable,
    properties,
    items,
    additionalProperties,
    ...rest
  } = node as Node & { allOf?: Node[] };
  const [reference] = allOf ?? [];
  return {
    ...rest,
    ...(node.format === "int-or-string" && { type: "string" }),
    ...(reference && schemaNode(reference)),
    ...(properties !== undefined && { properties: mapped(properties as Record<string, Node>) }),
    ...(items !== undefined && { items: schemaNode(items as Node) }),
    ...(additionalProperties !== undefined && { additionalProperties: schemaNode(additionalProperties as Node) }),
  };
}

const mapped = (nodes: Record<string, Node>): Node =>
  Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, schemaNode(node)]));
