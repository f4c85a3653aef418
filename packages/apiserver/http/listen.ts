import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type Duplex, Readable } from "node:stream";
import { internalError, type Logger, StatusError } from "@wherry/base";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Authenticator } from "../authenticate.ts";
import type { Dispatch } from "../dispatch.ts";
import { statusOf, statusResponse, tooLarge, unknownPath } from "../errors.ts";
import type { ApiRequest, ApiResponse, StreamBody, User } from "../exchange.ts";
import { onClientError } from "./client-error.ts";
import { acceptsGzip, GZIP_HEADERS, gzipped, gzipSink } from "./gzip.ts";
import { lastWords } from "./last-words.ts";
import { responseSink } from "./sink.ts";
import { onUpgrade, type UpgradeOptions } from "./upgrade.ts";

/** Source: apiserver `MaxRequestBodyBytes`. */
export const MAX_BODY = 3 * 1024 * 1024;

/** The server's own certificate, and whom it lets in. PEM. */
export interface TlsOptions {
  cert: string;
  key: string;
  /** Client certificates are good when this authority signed them. */
  clientCa: string;
}

export interface HttpOptions {
  /** Plain HTTP when absent: for tests on one machine. */
  tls?: TlsOptions | undefined;
  dispatch: Dispatch;
  authenticator: Authenticator;
  /** Serves upgrades of the connection. */
  tunnel: UpgradeOptions["tunnel"];
  log: Logger;
}

const PROXIED = [
  "/api/v1/nodes/:name/proxy",
  ...["pods", "services"].map((plural) => `/api/v1/namespaces/:namespace/${plural}/:name/proxy`),
];

/** A fastify server with one route: what a path means is known to the dispatcher. */
export function createHttpServer(options: HttpOptions): FastifyInstance {
  const users = new WeakMap<IncomingMessage, User>();
  const app = buildFastify(options);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: MAX_BODY }, (_request, body, done) => done(null, body));
  app.addHook("onRequest", async (request) => {
    const user = await options.authenticator.authenticate(request.raw.socket, request.headers.authorization);
    if (user) users.set(request.raw, user);
  });
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const response = await options.dispatch.handle(apiRequest(request, reply, users.get(request.raw)));
    const zip = acceptsGzip(String(request.headers["accept-encoding"] ?? ""));
    return answer(reply, zip ? await gzipped(response) : response, options.log, zip && response.finite);
  };
  app.all("/*", handler);
  void app.register(async (proxied) => {
    // What is passed on is not read here: it may be of any size.
    proxied.removeAllContentTypeParsers();
    proxied.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    for (const path of PROXIED) for (const rest of ["", "/*"]) proxied.all(path + rest, handler);
  });
  app.setNotFoundHandler(handler);
  app.setErrorHandler((error: FastifyError | StatusError, request, reply) => {
    const status = statusOf(asStatus(error), options.log);
    if (status.code !== 413) return answer(reply, statusResponse(status), options.log);
    // The rest of such a body is not read: the connection ends here.
    reply.hijack();
    lastWords(request.raw.socket, status);
  });
  const tunnels = new Set<Duplex>();
  app.server.on("upgrade", onUpgrade(options, tunnels));
  app.addHook("preClose", async () => {
    for (const tunnel of tunnels) tunnel.destroy();
  });
  return app;
}

function buildFastify({ tls, log }: HttpOptions): FastifyInstance {
  const common = {
    logger: false as const,
    bodyLimit: MAX_BODY,
    requestTimeout: 60_000,
    keepAliveTimeout: 90_000,
    forceCloseConnections: true,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    clientErrorHandler: onClientError,
    frameworkErrors: (_error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      answer(reply, statusResponse(statusOf(unknownPath(), log)), log);
    },
  };
  const http = { keepAlive: true, keepAliveInitialDelay: 30_000, headersTimeout: 20_000 };
  if (!tls) return fastify({ ...common, http }) as FastifyInstance;
  const { cert, key, clientCa } = tls;
  // A bad certificate is answered with a Status, not with a broken handshake.
  const https = {
    ...http,
    cert,
    key,
    ca: clientCa,
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: 10_000,
    minVersion: "TLSv1.2" as const,
  };
  return fastify({ ...common, https }) as unknown as FastifyInstance;
}

/** Objects are checked against their kinds, not by fastify: its compilers, a third of its memory, are never loaded. */
function noSchemas(): () => never {
  return () => {
    throw new Error("routes of the API have no fastify schemas");
  };
}

/** The port that a listening server has. */
export function portOf(app: FastifyInstance): number {
  return (app.server.address() as AddressInfo).port;
}

function apiRequest(request: FastifyRequest, reply: FastifyReply, user: User | undefined): ApiRequest {
  const url = request.raw.url ?? "/";
  const mark = url.indexOf("?");
  let gone: AbortController | undefined;
  return {
    method: request.method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1)),
    ...(mark >= 0 && { rawQuery: url.slice(mark + 1) }),
    headers: request.headers,
    user,
    body: request.body instanceof Uint8Array ? request.body : EMPTY,
    ...(request.body instanceof Readable && { stream: request.body }),
    get signal() {
      gone ??= abortOnClose(reply);
      return gone.signal;
    },
  };
}

const EMPTY = new Uint8Array();

function abortOnClose(reply: FastifyReply): AbortController {
  const controller = new AbortController();
  if (reply.raw.destroyed) controller.abort(new Error("the client is gone"));
  else reply.raw.once("close", () => controller.abort(new Error("the client is gone")));
  return controller;
}

function answer(reply: FastifyReply, { status, headers, body }: ApiResponse, log: Logger, zip = false): FastifyReply {
  if (typeof body === "function") {
    reply.hijack();
    reply.raw.writeHead(status, zip ? { ...headers, ...GZIP_HEADERS } : headers);
    reply.raw.flushHeaders();
    void stream(reply, body, log, zip);
    return reply;
  }
  return reply.code(status).headers(headers).send(body);
}

async function stream(reply: FastifyReply, body: StreamBody, log: Logger, zip: boolean): Promise<void> {
  const { raw } = reply;
  const { signal } = abortOnClose(reply);
  try {
    const zipped = zip ? gzipSink(raw, signal) : undefined;
    await body(zipped ?? responseSink(raw, signal));
    await zipped?.end();
    raw.end();
  } catch (error) {
    if (!signal.aborted) log.warn("an answer broke off", { error });
    raw.destroy();
  }
}

/** Errors of fastify itself as Statuses. */
function asStatus(error: FastifyError | StatusError): unknown {
  if (error instanceof StatusError) return error;
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") return tooLarge(MAX_BODY);
  if (typeof error.code === "string" && error.statusCode !== undefined && error.statusCode < 500)
    return new StatusError({
      ...internalError(error.message).status,
      code: error.statusCode,
      reason: "BadRequest",
      message: error.message,
    });
  return error;
}
