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
  readonly #registry: Registry;
  readonly #version: string;
  readonly #loadTexts: (() => Promise<Descriptions>) | undefined;
  readonly #groups = new Map<string, GroupVersion>();
  readonly #hashes = new Map<string, string>();

  constructor(options: { registry: Registry; version: string; descriptions?: (() => Promise<Descriptions>) | undefined }) {
    this.#registry = options.registry;
    this.#version = options.version;
    this.#loadTexts = options.descriptions;
    for (const gv of groupVersions(this.#registry.kinds)) this.#groups.set(gv.group ? `apis/${apiVersionOf(gv)}` : `api/${gv.version}`, gv);
  }

  /** Answers a path below `/openapi/`. Throws NotFound, or NotAcceptable to who wants neither JSON nor the version's protobuf. */
  async answer(request: ApiRequest, path: string): Promise<ApiResponse> {
    if (path === "/openapi/v2") return this.#version2(request);
    if (path === "/openapi/v3") return json(200, { paths: await this.#index() });
    const name = path.slice("/openapi/v3/".length);
    const group = path.startsWith("/openapi/v3/") ? this.#groups.get(name) : undefined;
    if (!group) throw unknownPath();
    return this.#version3(request, name, group);
  }

  async #version2(request: ApiRequest): Promise<ApiResponse> {
    const type = formOf(request, "v2");
    return this.#answer(request, type, await (type === JSON_TYPE ? this.#v2Json() : this.#v2Protobuf()));
  }

  async #v2Json(): Promise<string> {
    const { openApiV2Json } = await import("./v2-json.ts");
    const documents = [];
    for (const group of this.#groups.values()) documents.push(await this.#document(group));
    return JSON.stringify(openApiV2Json(documents, this.#version));
  }

  async #v2Protobuf(): Promise<Uint8Array> {
    const { openApiV2 } = await import("./v2.ts");
    const texts = (await this.#loadTexts?.()) ?? noDescriptions;
    return openApiV2(this.#registry.definitions, this.#registry.kinds, texts, this.#version);
  }

  /** A hash in the URL names one state of the document for good; who has an old one is sent to the new. Source: kube-openapi `handler3`. */
  async #version3(request: ApiRequest, name: string, group: GroupVersion): Promise<ApiResponse> {
    const type = formOf(request, "v3");
    const document = await this.#document(group);
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

  async #index(): Promise<Record<string, { serverRelativeURL: string }>> {
    const index: Record<string, { serverRelativeURL: string }> = {};
    for (const [name, group] of this.#groups) {
      const hash = this.#hashes.get(name) ?? hashOf(JSON.stringify(await this.#document(group)));
      this.#hashes.set(name, hash);
      index[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` };
    }
    return index;
  }

  async #document(group: GroupVersion): Promise<Node> {
    const texts = (await this.#loadTexts?.()) ?? noDescriptions;
    const roots = [...SHARED, ...group.kinds.flatMap((kind) => [kind.schema, listSchemaName(kind)])];
    const schemas = openApiSchemas(this.#registry.definitions, roots, texts);
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

/** The media type to answer in. */
function formOf(request: ApiRequest, version: "v2" | "v3"): string {
  const accept = headerOf(request, "accept");
  if (!accept) return JSON_TYPE;
  for (const { type } of parseAccept(accept)) {
    if (type === JSON_TYPE || type === "*/*" || type === "application/*") return JSON_TYPE;
    if (PROTOBUF.test(type) && type.includes(`spec.${version}`)) return type;
  }
  throw notAcceptable([JSON_TYPE, `application/com.github.proto-openapi.spec.${version}@v1.0+protobuf`]);
}
