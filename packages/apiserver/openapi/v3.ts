import { createHash } from "node:crypto";
import { apiVersionOf, type Registry } from "@wherry/machinery";
import { type GroupVersion, groupVersions } from "../discovery/resources.ts";
import { notAcceptable, unknownPath } from "../errors.ts";
import { type ApiRequest, type ApiResponse, headerOf, json, jsonBytes } from "../exchange.ts";
import { parseAccept } from "../negotiate.ts";
import { kindPaths } from "./paths.ts";
import { type Descriptions, listSchemaName, markKind, noDescriptions, openApiSchemas } from "./schemas.ts";

/** What kubectl wants the OpenAPI v2 document as, up to 1.28: it knows no other form of it. */
const OPENAPI_V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
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

  /** Answers a path below `/openapi/`. Throws NotFound, or NotAcceptable to who wants protobuf and nothing else. */
  async answer(request: ApiRequest, path: string): Promise<ApiResponse> {
    if (path === "/openapi/v2") return this.#version2(request);
    if (path === "/openapi/v3") return json(200, { paths: await this.#index() });
    const name = path.slice("/openapi/v3/".length);
    const group = path.startsWith("/openapi/v3/") ? this.#groups.get(name) : undefined;
    if (!group) throw unknownPath();
    if (!acceptsJson(headerOf(request, "accept"))) throw notAcceptable(["application/json"]);
    return this.#document(request, group);
  }

  async #version2(request: ApiRequest): Promise<ApiResponse> {
    if (!parseAccept(headerOf(request, "accept")).some(({ type }) => type === OPENAPI_V2_PROTOBUF))
      throw notAcceptable([OPENAPI_V2_PROTOBUF]);
    const { openApiV2 } = await import("./v2.ts");
    const texts = (await this.#loadTexts?.()) ?? noDescriptions;
    const body = openApiV2(this.#registry.definitions, this.#registry.kinds, texts, this.#version);
    return { status: 200, headers: { "content-type": OPENAPI_V2_PROTOBUF, vary: "Accept" }, body };
  }

  async #document(request: ApiRequest, group: GroupVersion): Promise<ApiResponse> {
    const body = await this.#render(group);
    const hash = hashOf(body);
    const etag = `"${hash}"`;
    const current = request.query.get("hash") === hash;
    const headers = { etag, vary: "Accept", ...(current && { "cache-control": "public, immutable, max-age=31536000" }) };
    if (headerOf(request, "if-none-match") === etag) return { status: 304, headers, body: "" };
    return jsonBytes(200, body, headers);
  }

  async #index(): Promise<Record<string, { serverRelativeURL: string }>> {
    const index: Record<string, { serverRelativeURL: string }> = {};
    for (const [name, group] of this.#groups) {
      const hash = this.#hashes.get(name) ?? hashOf(await this.#render(group));
      this.#hashes.set(name, hash);
      index[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` };
    }
    return index;
  }

  async #render(group: GroupVersion): Promise<string> {
    const texts = (await this.#loadTexts?.()) ?? noDescriptions;
    const roots = [...SHARED, ...group.kinds.flatMap((kind) => [kind.schema, listSchemaName(kind)])];
    const schemas = openApiSchemas(this.#registry.definitions, roots, texts);
    for (const kind of group.kinds) markKind(schemas, kind, texts);
    return JSON.stringify({
      openapi: "3.0.0",
      info: { title: "Kubernetes", version: this.#version },
      paths: Object.assign({}, ...group.kinds.map(kindPaths)),
      components: {
        schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
        securitySchemes: {
          BearerToken: { type: "apiKey", name: "authorization", in: "header", description: "Bearer Token authentication" },
        },
      },
    });
  }
}

const hashOf = (body: string) => createHash("sha256").update(body).digest("hex").toUpperCase();

function acceptsJson(accept: string): boolean {
  if (!accept) return true;
  return parseAccept(accept).some(
    ({ type }) => type === "application/json" || type === "*/*" || type.startsWith("application/com.github.proto-openapi"),
  );
}
