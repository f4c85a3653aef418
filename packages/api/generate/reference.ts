import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Swagger, type SwaggerDefinitions, stableDefinitions } from "./swagger.ts";

/** A resource, or a subresource such as `pods/log`, as upstream serves it. */
export interface ReferenceResource {
  group: string;
  version: string;
  resource: string;
  namespaced: boolean;
  /** As RBAC names them, sorted. */
  verbs: string[];
}

/** What Kubernetes' own document says, without its prose: what the server's answers are held against. */
export interface Reference {
  definitions: SwaggerDefinitions;
  resources: ReferenceResource[];
}

/** Where the reference lies. Made by `generate/main.ts`; what it is, and whose, says the README beside it. */
export const REFERENCE_PATH = join(import.meta.dirname, "..", "testdata", "kubernetes-1.30.json.gz");

export function readReference(): Reference {
  return JSON.parse(gunzipSync(readFileSync(REFERENCE_PATH)).toString("utf8")) as Reference;
}

/** The stable part of a document: its schemas as they are, and its resources from its paths. */
export function toReference(swagger: Swagger): Reference {
  return { definitions: withoutProse(stableDefinitions(swagger)) as SwaggerDefinitions, resources: resourcesOf(swagger) };
}

/** A property may be called `description`: only texts are prose. */
function withoutProse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, child]) => !(key === "description" && typeof child === "string"));
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutProse(child)]));
}

const PATH = /^\/api(?:s\/([^/]+))?\/(v\d+)\/(namespaces\/\{namespace\}\/)?([a-z]+)(?:\/\{name\}(?:\/([a-z]+))?)?$/;
const VERBS: Readonly<Record<string, string>> = { post: "create", put: "update", watchlist: "watch" };
const METHODS: Readonly<Record<string, string>> = { get: "get", post: "create", put: "update", patch: "patch", delete: "delete" };

function resourcesOf({ paths }: Swagger): ReferenceResource[] {
  const found = new Map<string, ReferenceResource & { seen: Set<string> }>();
  for (const [path, item] of Object.entries(paths)) {
    const match = PATH.exec(path.replace(/\/watch(?=\/)/, ""));
    if (!match) continue;
    const [, group = "", version = "", inNamespace, plural, part] = match;
    const resource = part ? `${plural}/${part}` : (plural as string);
    const key = `${group}/${version}/${resource}`;
    const entry = found.get(key) ?? { group, version, resource, namespaced: false, verbs: [], seen: new Set<string>() };
    found.set(key, entry);
    entry.namespaced ||= inNamespace !== undefined;
    for (const verb of verbsOf(item)) entry.seen.add(verb);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { seen, ...entry }]) => ({ ...entry, verbs: [...seen].sort() }));
}

function verbsOf(item: Swagger["paths"][string]): string[] {
  return Object.entries(item).flatMap(([method, operation]) => {
    const action = operation["x-kubernetes-action"];
    if (action === undefined) return [];
    return action === "connect" ? (METHODS[method] ?? []) : (VERBS[action] ?? action);
  });
}
