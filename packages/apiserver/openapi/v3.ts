import { createHash } from "node:crypto";
import { apiVersionOf, type Registry } from "@wherry/machinery";
import { type GroupVersion, groupVersions } from "../discovery/resources.ts";
import { notAcceptable, unknownPath } from "../errors.ts";
import { type ApiRequest, type ApiResponse, headerOf, json } from "../exchange.ts";
import { parseAccept } from "../negotiate.ts";
import { kindPaths } from "./paths.ts";
import { type Descriptions, listSchemaName, markKind, type Node, noDescriptions, openApiSchemas } from "./schemas.ts";

/** The protobuf forms of both versions; the ones with a dot in place of `@` are older names of the same. */
const PROTOBUF = /^application\/com\.github\.proto-openapi\.spec\.v[23][.@]v1\.0\+protobuf$/;
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const SHARED = [`${META}.DeleteOptions`, `${META}.Patch`, `${META}.Status`, `${META}.ListMeta`, "io.k8s.api.autoscaling.v1.Scale"];

/**
 * The OpenAPI v3 documents, one for each group and version, made from the registry when asked for and not kept: clients cache them
 * by their hash, so memory is better spent elsewhere.
 */
export class OpenApi {
  readonly #live: () => Registry;
  readonly #version: string;
  readonly #loadTexts: (() => Promise<Descriptions>) | undefined;
  #of: Registry | undefined;
  #groups = new Map<string, GroupVersion>();
  readonly #hashes = new Map<string, string>();

  constructor(options: { registry: () => Registry; version: string; descriptions?: (() => Promise<Descriptions>) | undefined }) {
    this.#live = options.registry;
    this.#version = options.version;
    this.#loadTexts = options.descriptions;
  }

  /** What is served now. Groups whose kinds are still the same keep their hash. */
  #registry(): Registry {
    const registry = this.#live();
    if (this.#of === registry) return registry;
    const before = this.#groups;
    this.#of = registry;
    this.#groups = new Map(groupVersions(registry.kinds).map((gv) => [gv.group ? `apis/${apiVersionOf(gv)}` : `api/${gv.version}`, gv]));
    for (const [name, { kinds }] of before) {
      const now = this.#groups.get(name)?.kinds;
      if (now?.length !== kinds.length || now.some((kind, i) => kind !== kinds[i])) this.#hashes.delete(name);
    }
    return registry;
  }

  /** Answers a path below `/openapi/`. Throws NotFound, or NotAcceptable to who wants neither JSON nor the version's protobuf. */
  async answer(request: ApiRequest, path: string): Promise<ApiResponse> {
    const registry = this.#registry();
    if (path === "/openapi/v2") return this.#version2(registry, request);
    if (path === "/openapi/v3") return json(200, { paths: await this.#index(registry) });
    const name = path.slice("/openapi/v3/".length);
    const group = path.startsWith("/openapi/v3/") ? this.#groups.get(name) : undefined;
    if (!group) throw unknownPath();
    return this.#version3(registry, request, name, group);
  }

  async #version2(registry: Registry, request: ApiRequest): Promise<ApiResponse> {
    const type = formOf(request, "v2");
    return this.#answer(request, type, await (type === JSON_TYPE ? this.#v2Json(registry) : this.#v2Protobuf(registry)));
  }

  async #v2Json(registry: Registry): Promise<string> {
    const { openApiV2Json } = await import("./v2-json.ts");
    const documents = [];
    for (const group of [...this.#groups.values()]) documents.push(await this.#document(registry, group));
    return JSON.stringify(openApiV2Json(documents, this.#version));
  }

  async #v2Protobuf(registry: Registry): Promise<Uint8Array> {
    const { openApiV2 } = await import("./v2.ts");
    const texts = (await this.#loadTexts?.()) ?? noDescriptions;
    return openApiV2(registry.definitions, registry.kinds, texts, this.#version);
  }

  /** A hash in the URL names one state of the document for good; who has an old one is sent to the new. Source: kube-openapi `handler3`. */
  async #version3(registry: Registry, request: ApiRequest, name: string, group: GroupVersion): Promise<ApiResponse> {
    const type = formOf(request, "v3");
    const document = await this.#document(registry, group);
    const text = JSON.stringify(document);
    const hash = hashOf(text);
    const asked = request.query.get("hash");
    if (asked && asked !== hash) return { status: 301, headers: { location: `/openapi/v3/${name}?hash=${hash}` }, body: "" };
    const forGood: Record<string, string> = asked ? { "cache-control": "public, immutable, max-age=31536000" } : {};
    const body = type === JSON_TYPE ? text : (await import("./v3-protobuf.ts")).openApiV3Protobuf(document);
    return this.#answer(request, type, body, forGood);
  }

  #answer(request: ApiRequest, type: string, body: string | Uint8Array, more: Record<string, string> = {}): ApiResponse {
    const etag = `"${hashOf(body)}"`;
    const headers = { "content-type": type, etag, vary: "Accept", ...more };
    if (headerOf(request, "if-none-match") === etag) return { status: 304, headers, body: "" };
    return { status: 200, headers, body };
  }

  async #index(registry: Registry): Promise<Record<string, { serverRelativeURL: string }>> {
    const index: Record<string, { serverRelativeURL: string }> = {};
    for (const [name, group] of [...this.#groups]) {
      const hash = this.#hashes.get(name) ?? hashOf(JSON.stringify(await this.#document(registry, group)));
      if (this.#of === registry) this.#hashes.set(name, hash);
      index[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` };
    }
    return index;
  }

  async #document(registry: Registry, group: GroupVersion): Promise<Node> {
    const texts = (await this.#loadTexts?.()) ?? noDescriptions;
    const roots = [...SHARED, ...group.kinds.flatMap((kind) => [kind.schema, listSchemaName(kind)])];
    const schemas = openApiSchemas(registry.definitions, roots, texts);
    for (const kind of group.kinds) if (kind.openApi) schemas.set(kind.schema, kind.openApi() as Node);
    for (const kind of group.kinds) markKind(schemas, kind, texts);
    return {
      openapi: "3.0.0",
      info: { title: "Kubernetes", version: this.#version },
      paths: Object.assign({}, ...group.kinds.map(kindPaths)),
      components: {
        schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
        securitySchemes: {
          BearerToken: { type: "apiKey", name: "authorization", in: "header", description: "Bearer Token authentication" },
        },
      },
    };
  }
}

const hashOf = (body: string | Uint8Array) => createHash("sha256").update(body).digest("hex").toUpperCase();

const JSON_TYPE = "application/json";

/** The media type to answer in. What clients ask for with an `@` is no media type by RFC 9110, and Go refuses to read it: it is answered with a dot. */
function formOf(request: ApiRequest, version: "v2" | "v3"): string {
  const accept = headerOf(request, "accept");
  if (!accept) return JSON_TYPE;
  for (const { type } of parseAccept(accept)) {
    if (type === JSON_TYPE || type === "*/*" || type === "application/*") return JSON_TYPE;
    if (PROTOBUF.test(type) && type.includes(`spec.${version}`)) return type.replace("@", ".");
  }
  throw notAcceptable([JSON_TYPE, `application/com.github.proto-openapi.spec.${version}@v1.0+protobuf`]);
}
