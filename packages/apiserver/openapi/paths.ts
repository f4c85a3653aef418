import { apiVersionOf, type KindDefinition, type Verb } from "@wherry/machinery";
import { subresourceFacts, verbsOf } from "../discovery/resources.ts";
import { listSchemaName, type Node, refTo } from "./schemas.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const METHODS: Readonly<Record<string, string>> = { create: "post", update: "put", patch: "patch", delete: "delete", get: "get" };
const ACTIONS: Readonly<Record<string, string>> = { create: "post", update: "put" };

/** The paths of one kind, as OpenAPI v3. */
export function kindPaths(kind: KindDefinition): Node {
  const root = kind.group ? `/apis/${apiVersionOf(kind)}` : `/api/${kind.version}`;
  const scoped = kind.scope === "Namespaced" ? `${root}/namespaces/{namespace}/${kind.plural}` : `${root}/${kind.plural}`;
  const paths: Node = { [scoped]: collection(kind, scoped) };
  if (!verbsOf(kind).includes("get")) return paths;
  paths[`${scoped}/{name}`] = object(kind, `${scoped}/{name}`);
  if (kind.scope === "Namespaced") paths[`${root}/${kind.plural}`] = { get: listOperation(kind), parameters: queryParameters(LIST) };
  for (const name of Object.keys(kind.subresources ?? {})) {
    const path = `${scoped}/{name}/${name}`;
    paths[path] = subresource(kind, name, path);
  }
  return paths;
}

function collection(kind: KindDefinition, path: string): Node {
  const verbs = new Set(verbsOf(kind));
  const item: Node = { parameters: pathParameters(path) };
  if (verbs.has("list")) item.get = listOperation(kind);
  if (verbs.has("create")) item.post = operation(kind, "create", kind.schema);
  if (verbs.has("deletecollection")) item.delete = { ...operation(kind, "delete", kind.schema), "x-kubernetes-action": "deletecollection" };
  return item;
}

function object(kind: KindDefinition, path: string): Node {
  const item: Node = { parameters: pathParameters(path) };
  for (const verb of verbsOf(kind)) {
    const method = METHODS[verb];
    if (method && verb !== "create") item[method] = operation(kind, verb, kind.schema);
  }
  return item;
}

function subresource(kind: KindDefinition, name: string, path: string): Node {
  const facts = subresourceFacts(kind, kind.subresources?.[name] as NonNullable<KindDefinition["subresources"]>[string]);
  const item: Node = { parameters: pathParameters(path) };
  const schema = facts.kind === "Scale" ? "io.k8s.api.autoscaling.v1.Scale" : facts.kind === kind.kind ? kind.schema : undefined;
  for (const verb of facts.verbs) {
    const method = METHODS[verb];
    if (method) item[method] = operation({ ...kind, ...facts }, verb, schema);
  }
  return item;
}

type Named = Pick<KindDefinition, "group" | "version" | "kind" | "custom">;

function listOperation(kind: KindDefinition): Node {
  return {
    ...described(kind, "list"),
    parameters: queryParameters(LIST),
    responses: answer(listSchemaName(kind)),
  };
}

function operation(kind: Named, verb: Verb, schema: string | undefined): Node {
  const writes = verb === "create" || verb === "update" || verb === "patch";
  const parameters = writes ? WRITE : verb === "delete" ? DELETE : [];
  const body =
    verb === "patch"
      ? patchBody(kind.custom === true)
      : verb === "delete"
        ? jsonBody(`${META}.DeleteOptions`)
        : writes && schema
          ? jsonBody(schema)
          : undefined;
  return {
    ...described(kind, verb),
    parameters: queryParameters(verb === "patch" ? [...parameters, "force"] : parameters),
    ...(body && { requestBody: body }),
    responses: answer(schema),
  };
}

function described(kind: Named, verb: Verb): Node {
  const { group, version } = kind;
  return {
    description: `${verb} ${kind.kind}`,
    "x-kubernetes-action": ACTIONS[verb] ?? verb,
    "x-kubernetes-group-version-kind": { group, version, kind: kind.kind },
  };
}

const LIST = [
  "allowWatchBookmarks",
  "continue",
  "fieldSelector",
  "labelSelector",
  "limit",
  "resourceVersion",
  "resourceVersionMatch",
].concat(["sendInitialEvents", "timeoutSeconds", "watch"]);
const WRITE = ["dryRun", "fieldManager", "fieldValidation"];
const DELETE = ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"];
const INTEGERS = new Set(["limit", "timeoutSeconds", "gracePeriodSeconds"]);
const BOOLEANS = new Set(["allowWatchBookmarks", "sendInitialEvents", "watch", "orphanDependents", "force"]);

function queryParameters(names: readonly string[]): Node[] {
  const type = (name: string) => (INTEGERS.has(name) ? "integer" : BOOLEANS.has(name) ? "boolean" : "string");
  return names.map((name) => ({ name, in: "query", schema: { type: type(name), uniqueItems: true } }));
}

function pathParameters(path: string): Node[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1] as string);
  return names.map((name) => ({ name, in: "path", required: true, schema: { type: "string", uniqueItems: true } }));
}

const jsonBody = (schema: string): Node => ({
  content: { "application/json": { schema: refTo(schema) }, "application/yaml": { schema: refTo(schema) } },
});

/** From these types kubectl takes which patches it may send. Custom objects have no strategic merge. */
function patchBody(custom: boolean): Node {
  const schema = refTo(`${META}.Patch`);
  const strategic = custom ? [] : ["application/strategic-merge-patch+json"];
  const types = ["application/json-patch+json", "application/merge-patch+json", ...strategic, "application/apply-patch+yaml"];
  return { content: Object.fromEntries(types.map((type) => [type, { schema }])), required: true };
}

function answer(schema: string | undefined): Node {
  const content = schema ? { content: { "application/json": { schema: refTo(schema) } } } : {};
  return { "200": { description: "OK", ...content }, "401": { description: "Unauthorized" } };
}
