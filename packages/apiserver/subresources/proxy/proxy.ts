import http, { type IncomingMessage } from "node:http";
import { type Readable, Transform } from "node:stream";
import { createDeflate, createGunzip, createGzip, createInflate } from "node:zlib";
import { enforce, resourceAttributes } from "../../authorization/enforce.ts";
import { unavailable, unknownPath } from "../../errors.ts";
import type { ApiRequest, ApiResponse, StreamBody } from "../../exchange.ts";
import { parseResourcePath, splitProxyPath } from "../../request-info.ts";
import type { ResourceCall, RestContext } from "../../rest/context.ts";
import type { AgentLink, Upgraded } from "../agent-link.ts";
import { dial } from "./dial.ts";
import { type Headers, requestHeaders, responseHeaders } from "./headers.ts";
import { PageRewriter, rewriteLink, type Site } from "./links.ts";
import { type Target, targetOf } from "./target.ts";

/** Passes requests on to pods, services and nodes, and their answers back. Source: apimachinery pkg/util/proxy (`UpgradeAwareHandler`, `Transport`). */
export class RequestProxy {
  readonly #context: RestContext;
  readonly #link: AgentLink;

  constructor(context: RestContext, link: AgentLink) {
    this.#context = context;
    this.#link = link;
  }

  /** Answers with what the target answers, as it comes. Rejects with a StatusError when it cannot be reached. */
  async serve(call: ResourceCall): Promise<ApiResponse> {
    const { request } = call;
    const at = splitProxyPath(request.path);
    if (!at) throw unknownPath();
    const target = await targetOf(this.#context, call);
    if (at.tail === "" && (request.method === "GET" || request.method === "HEAD")) return redirect(`${at.path}/${queryOf(request)}`);
    const response = await this.#ask(target, request, at);
    const site = { prefix: at.path, scheme: "https", clientHost: String(request.headers.host ?? ""), host: target.host };
    return answerOf(response, request, site);
  }

  /** Asks the target to change the protocol; what it answers instead is an answer, too. Rejects with a StatusError when it cannot be reached. */
  async tunnel(request: ApiRequest): Promise<Upgraded> {
    const at = splitProxyPath(request.path);
    if (!at) throw unknownPath();
    const call = { ...parseResourcePath(this.#context.registry, request.path), request };
    await enforce(this.#context.authorizer, resourceAttributes(call));
    const asked = await this.#open(await targetOf(this.#context, call), request, at, true);
    return new Promise((resolve, reject) => {
      asked.once("upgrade", (response, socket, head) => resolve({ response, socket, head }));
      asked.once("response", (response) => resolve({ response, socket: undefined, head: Buffer.alloc(0) }));
      asked.once("error", (error) => reject(unreachable(error)));
      asked.end();
    });
  }

  async #ask(target: Target, request: ApiRequest, at: { path: string; tail: string }): Promise<IncomingMessage> {
    const asked = await this.#open(target, request, at, false);
    return new Promise((resolve, reject) => {
      asked.once("response", resolve);
      asked.once("error", (error) => reject(unreachable(error)));
      const { stream, body } = request;
      if (!stream) return void asked.end(body);
      stream.once("error", (error) => asked.destroy(error));
      stream.pipe(asked);
    });
  }

  async #open(
    target: Target,
    request: ApiRequest,
    { path, tail }: { path: string; tail: string },
    upgrades: boolean,
  ): Promise<http.ClientRequest> {
    const socket = await dial(this.#link, target, request.signal);
    const asked = http.request({
      method: request.method,
      path: `${tail || "/"}${queryOf(request)}`,
      headers: requestHeaders(request, path, tail, upgrades),
      setHost: false,
      createConnection: () => socket,
    });
    request.signal.addEventListener("abort", () => asked.destroy(new Error("the client is gone")), { once: true });
    return asked;
  }
}

const unreachable = (error: Error) => unavailable(`error trying to reach service: ${error.message}`);

/** A site's links start from its root, which must look like a folder. */
const redirect = (location: string): ApiResponse => ({ status: 301, headers: { location }, body: "" });

function queryOf({ rawQuery = "" }: ApiRequest): string {
  return rawQuery && `?${rawQuery}`;
}

function answerOf(response: IncomingMessage, { method }: ApiRequest, site: Site): ApiResponse {
  const headers = responseHeaders(response.headers);
  if (typeof headers.location === "string") headers.location = rewriteLink(headers.location, site);
  const page = method !== "HEAD" && headers.location === undefined ? rewritten(response, headers, site) : undefined;
  if (page) delete headers["content-length"];
  return { status: response.statusCode ?? 502, headers, body: streamOf(response, page ?? response) };
}

/** The body with its links rewritten; undefined where it is no page, or in an encoding that is not known. */
function rewritten(response: IncomingMessage, headers: Headers, site: Site): Readable | undefined {
  const type = String(headers["content-type"] ?? "").split(";")[0];
  if (type?.trim().toLowerCase() !== "text/html") return undefined;
  const encoding = String(headers["content-encoding"] ?? "");
  if (encoding === "") return response.pipe(pageTransform(site));
  if (encoding === "gzip") return response.pipe(createGunzip()).pipe(pageTransform(site)).pipe(createGzip());
  if (encoding === "deflate") return response.pipe(createInflate()).pipe(pageTransform(site)).pipe(createDeflate());
  return undefined;
}

function pageTransform(site: Site): Transform {
  const page = new PageRewriter(site);
  return new Transform({
    transform: (chunk: Buffer, _, done) => done(null, Buffer.from(page.write(chunk.toString("latin1")), "latin1")),
    flush: (done) => done(null, Buffer.from(page.end(), "latin1")),
  });
}

function streamOf(response: IncomingMessage, body: Readable): StreamBody {
  return async (sink) => {
    sink.signal.addEventListener("abort", () => response.destroy(), { once: true });
    response.once("error", (error) => body.destroy(error));
    for await (const chunk of body as AsyncIterable<Buffer>) {
      sink.write(chunk);
      await sink.drained();
      if (sink.signal.aborted) return;
    }
  };
}
