import { type ReferenceResource, readReference } from "@wherry/api/generate/reference.ts";
import type { SwaggerSchema } from "@wherry/api/generate/swagger.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";
import { NOT_SERVED } from "./not-served.ts";

/** What the server says of itself, held against what Kubernetes says of itself. */
const reference = readReference();

let plane: ControlPlane;
let api: ReturnType<typeof caller>;

beforeAll(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: ["system:masters"] }));
});
afterAll(() => plane.close());

type Node = Record<string, unknown>;

/** Upstream's own types that take any JSON: here they say so, there they say nothing. */
const ANYTHING = /\.(FieldsV1|Patch|RawExtension|JSON|JSONSchemaPropsOr\w+|CustomResourceSubresourceStatus)$/;
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** The facts of a schema of either document: types, formats, fields, what is required, enums, rules for lists and patches. */
function facts(schema: Node): Node {
  const { allOf, oneOf, properties, items, additionalProperties, required, $ref, ...rest } = schema;
  if (Array.isArray(allOf)) return facts({ ...(allOf[0] as Node), ...without(schema, "allOf") });
  const kept = without(rest, "description", "default", "x-kubernetes-group-version-kind", "x-kubernetes-unions");
  const type = kept.format === "int-or-string" ? undefined : kept.type;
  const format = kept.format === "quantity" ? undefined : kept.format;
  return defined({
    ...kept,
    type,
    format,
    ref: typeof $ref === "string" ? $ref.split("/").at(-1) : undefined,
    required: Array.isArray(required) ? [...required].sort() : undefined,
    items: items && facts(items as Node),
    additionalProperties: typeof additionalProperties === "object" ? facts(additionalProperties as Node) : undefined,
    properties: properties && Object.fromEntries(Object.entries(properties as Record<string, Node>).map(([k, v]) => [k, facts(v)])),
  });
}

const without = (node: Node, ...keys: string[]) => Object.fromEntries(Object.entries(node).filter(([key]) => !keys.includes(key)));
const defined = (node: Node) => Object.fromEntries(Object.entries(node).filter(([, value]) => value !== undefined));

async function servedSchemas(): Promise<Map<string, Node>> {
  const index = (await api("GET", "/openapi/v3")).json<{ paths: Record<string, { serverRelativeURL: string }> }>();
  const found = new Map<string, Node>();
  for (const { serverRelativeURL } of Object.values(index.paths)) {
    const answer = await api("GET", serverRelativeURL as `/${string}`);
    const { components = {} } = answer.json<{ components?: { schemas?: Record<string, Node> } }>();
    for (const [name, schema] of Object.entries(components.schemas ?? {})) found.set(name, schema);
  }
  return found;
}

describe("the schemas", () => {
  it("are Kubernetes' own: fields, types, what is required, enums, list types, merge keys", async () => {
    const served = await servedSchemas();
    const wrong: Record<string, unknown> = {};
    for (const [name, schema] of served) {
      const wanted = reference.definitions[name] as SwaggerSchema | undefined;
      if (ANYTHING.test(name)) continue;
      const [is, should] = [facts(schema), wanted && facts(wanted as Node)];
      if (JSON.stringify(sorted(is)) !== JSON.stringify(sorted(should))) wrong[name] = { is, should };
    }
    expect(wrong).toEqual({});
    expect(served.size).toBeGreaterThan(300);
  });

  it("are there for every kind that is served", async () => {
    const served = await servedSchemas();
    const marked = [...served].filter(([, schema]) => schema["x-kubernetes-group-version-kind"] !== undefined).map(([name]) => name);
    const missing = marked.filter((name) => !reference.definitions[name]?.["x-kubernetes-group-version-kind"] && !name.startsWith(META));
    expect(missing).toEqual([]);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, sorted(child)]),
  );
}

describe("the resources", () => {
  const nameOf = ({ group, version, resource }: ReferenceResource) => `${group ? `${group}/` : ""}${version} ${resource}`;

  async function served(): Promise<Map<string, { namespaced: boolean; verbs: string[] }>> {
    const { groups } = (await api("GET", "/apis")).json<{ groups: { versions: { groupVersion: string }[] }[] }>();
    const paths = ["v1", ...groups.flatMap((group) => group.versions.map((v) => v.groupVersion))];
    const found = new Map<string, { namespaced: boolean; verbs: string[] }>();
    for (const groupVersion of paths) {
      const path = groupVersion === "v1" ? "/api/v1" : (`/apis/${groupVersion}` as const);
      const { resources } = (await api("GET", path)).json<{ resources: { name: string; namespaced: boolean; verbs: string[] }[] }>();
      for (const { name, namespaced, verbs } of resources) found.set(`${groupVersion} ${name}`, { namespaced, verbs: [...verbs].sort() });
    }
    return found;
  }

  it("are served with upstream's verbs and scopes, but for those that are listed as not served", async () => {
    const found = await served();
    const wrong: Record<string, unknown> = {};
    for (const resource of reference.resources) {
      const name = nameOf(resource);
      const { namespaced, verbs } = resource;
      const is = found.get(name);
      if (!is && Object.hasOwn(NOT_SERVED, name)) continue;
      if (JSON.stringify(is) !== JSON.stringify({ namespaced, verbs })) wrong[name] = { is, should: { namespaced, verbs } };
    }
    expect(wrong).toEqual({});
  });

  it("are all Kubernetes' own", async () => {
    const known = new Set(reference.resources.map(nameOf));
    expect([...(await served()).keys()].filter((name) => !known.has(name))).toEqual([]);
  });

  it("are taken off the list as soon as they are served", async () => {
    const found = await served();
    const known = new Set(reference.resources.map(nameOf));
    const stale = Object.keys(NOT_SERVED).filter((name) => found.has(name) || !known.has(name));
    expect(stale, "take these off NOT_SERVED, in not-served.ts").toEqual([]);
  });
});
