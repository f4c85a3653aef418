import { type Logger, unauthorized } from "@wherry/base";
import { enforce, pathAttributes, resourceAttributes } from "./authorization/enforce.ts";
import type { Discovery } from "./discovery/index.ts";
import { methodNotAllowed, statusOf, statusResponse } from "./errors.ts";
import { type ApiRequest, type ApiResponse, json } from "./exchange.ts";
import { type HealthCheck, health } from "./health.ts";
import type { Metrics, RequestLabels } from "./metrics.ts";
import type { OpenApi } from "./openapi/v3.ts";
import { parseResourcePath } from "./request-info.ts";
import type { ResourceCall, RestContext } from "./rest/context.ts";
import { isWatch } from "./rest/list-options.ts";
import { type Handlers, serveResource } from "./rest/resource.ts";
import { verbOf } from "./rest/verb.ts";
import type { VersionInfo } from "./version.ts";
import { withWarnings } from "./warnings.ts";

export interface DispatchOptions extends Handlers {
  context: RestContext;
  discovery: Discovery;
  openapi: OpenApi;
  /** More pages that are no resources, by path. */
  pages: Readonly<Record<string, () => ApiResponse>>;
  metrics: Metrics;
  checks: readonly HealthCheck[];
  version: VersionInfo;
}

const HEALTH: ReadonlySet<string> = new Set(["healthz", "livez", "readyz"]);

/** Turns requests into answers, wherever they come from. Never rejects: every failure is a Status. */
export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #log: Logger;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#log = options.context.log;
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const seen: { call?: ResourceCall } = {};
    const done = this.#options.metrics.begin(request.method);
    const response = await this.#route(request, seen).catch((error: unknown) => statusResponse(statusOf(error, this.#log)));
    done(labelsOf(request, seen.call), response.status);
    return response;
  }

  /** Whether a request is a watch, were it made with GET. */
  isWatch(request: ApiRequest): boolean {
    try {
      const call = { ...parseResourcePath(this.#options.context.registry, request.path), request };
      return call.subresource === undefined && isWatch(call);
    } catch {
      return false;
    }
  }

  async #route(request: ApiRequest, seen: { call?: ResourceCall }): Promise<ApiResponse> {
    const path = trimmed(request.path);
    const open = await this.#openPage(request, path);
    if (open) return open;
    if (!request.user) throw unauthorized();
    const { context } = this.#options;
    const page = this.#page(request, path);
    if (page) {
      await enforce(context.authorizer, pathAttributes(request, path));
      return readOnly(request, page);
    }
    const call: ResourceCall = { ...parseResourcePath(context.registry, path), request };
    seen.call = call;
    await enforce(context.authorizer, resourceAttributes(call));
    const response = await serveResource(context, this.#options, call);
    return call.kind.deprecation === undefined ? response : withWarnings(response, [call.kind.deprecation]);
  }

  /** What anyone may see. */
  async #openPage(request: ApiRequest, path: string): Promise<ApiResponse | undefined> {
    const first = path.split("/", 2)[1] ?? "";
    if (path === "/version") return readOnly(request, () => json(200, this.#options.version));
    if (!HEALTH.has(first)) return undefined;
    return readOnly(request, () => health(path, request.query, this.#options.checks));
  }

  /** What makes the page at a path that is no resource. */
  #page(request: ApiRequest, path: string): (() => ApiResponse | Promise<ApiResponse>) | undefined {
    const { discovery, metrics, openapi, pages } = this.#options;
    if (path === "/metrics") return () => metrics.page();
    if (path === "/") return () => json(200, { paths: this.#paths() });
    if (path.startsWith("/openapi/")) return () => openapi.answer(request, path);
    if (Object.hasOwn(pages, path)) return pages[path];
    const found = discovery.answer(request, path);
    return found && (() => found);
  }

  #paths(): string[] {
    const pages = ["/api", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v3", "/readyz", "/version"];
    const groups = this.#options.context.registry.kinds.map((k) => (k.group ? `/apis/${k.group}/${k.version}` : `/api/${k.version}`));
    return [...new Set([...pages, ...Object.keys(this.#options.pages), ...groups])].sort();
  }
}

const readOnly = <T>(request: ApiRequest, page: () => T): T => {
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed();
  return page();
};

/** A path without its trailing slashes. */
function trimmed(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

function labelsOf(request: ApiRequest, call: ResourceCall | undefined): RequestLabels {
  const verb = call && verbOf(call);
  const scope = !call ? "" : call.name !== undefined ? "resource" : call.namespace !== undefined ? "namespace" : "cluster";
  return {
    verb: verbLabel(verb) ?? (METHODS.has(request.method) ? request.method : "other"),
    group: call?.kind.group ?? "",
    version: call?.kind.version ?? "",
    resource: call?.kind.plural ?? "",
    subresource: call?.subresource?.name ?? "",
    scope,
    dryRun: request.query.has("dryRun") ? "All" : "",
  };
}

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const VERB_LABELS: Readonly<Record<string, string>> = { create: "POST", update: "PUT", deletecollection: "DELETECOLLECTION" };
const verbLabel = (verb: string | undefined) => verb && (VERB_LABELS[verb] ?? verb.toUpperCase());
