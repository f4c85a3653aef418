import http from "node:http";
import https from "node:https";
import type { ExecPlugin } from "./exec-plugin.ts";
import { NoAnswerError } from "./no-answer-error.ts";
import type { Transport, TransportRequest, TransportResponse, Tunnel, WebSocketLike } from "./transport.ts";
import { openWebSocket } from "./websocket.ts";

export interface HttpsTransportOptions {
  /** `https://host:port`, with a base path when the API is served below one. `http://` is accepted for a proxy on this machine. */
  server: string;
  /** PEM; the system's authorities when absent. */
  ca?: string;
  /** PEM client certificate and its key. */
  cert?: string;
  key?: string;
  /** Bearer token. */
  token?: string;
  username?: string;
  password?: string;
  /** A program that gives the token or the certificate, when there is none here. */
  exec?: ExecPlugin;
  /** Do not verify the server's certificate. */
  insecure?: boolean;
  /** The name to verify the server's certificate against, when it is not that of `server`. */
  serverName?: string;
  userAgent?: string;
  /** Whom to act as, when the credentials allow it. */
  impersonate?: { user?: string; groups?: readonly string[]; uid?: string };
}

const CONNECT_TIMEOUT_MS = 30_000;

/** The API over HTTPS: keep-alive connections, mutual TLS or a token, streamed bodies, WebSocket upgrades. */
export function httpsTransport(options: HttpsTransportOptions): Transport {
  const { exec } = options;
  return exec && !options.token && !options.cert
    ? new LaterTransport(async () => new (await import("./exec-transport.ts")).ExecTransport({ ...options, exec }))
    : new HttpsTransport(options);
}

/** One whose code is loaded when it is first used. */
class LaterTransport implements Transport {
  readonly #load: () => Promise<Transport>;
  #loaded: Promise<Transport> | undefined;

  constructor(load: () => Promise<Transport>) {
    this.#load = load;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    return (await this.#transport()).request(request);
  }

  async upgrade(path: string, protocols: readonly string[], signal?: AbortSignal): Promise<WebSocketLike> {
    return (await this.#transport()).upgrade(path, protocols, signal);
  }

  async tunnel(request: Pick<TransportRequest, "method" | "path" | "headers">): Promise<Tunnel> {
    const transport = await this.#transport();
    if (!transport.tunnel) throw new Error("this transport has no connections");
    return transport.tunnel(request);
  }

  close(): void {
    void this.#loaded?.then(
      (transport) => transport.close(),
      () => undefined,
    );
  }

  #transport(): Promise<Transport> {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }
}

class HttpsTransport implements Transport {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string | string[]>>;
  readonly #tls: https.AgentOptions;
  readonly #agent: http.Agent;
  readonly #send: typeof https.request;

  constructor(options: HttpsTransportOptions) {
    this.#base = parseServer(options.server);
    this.#headers = credentials(options);
    this.#tls = tlsOptions(options);
    const pool = { keepAlive: true, keepAliveMsecs: 15_000, maxFreeSockets: 16 };
    const secure = this.#base.protocol === "https:";
    this.#agent = secure ? new https.Agent({ ...pool, ...this.#tls }) : new http.Agent(pool);
    this.#send = secure ? https.request : http.request;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    request.signal?.throwIfAborted();
    try {
      return await this.#once(request);
    } catch (error) {
      // The server may close a pooled connection just as it is used again; only a read can be repeated without knowing whether it arrived.
      if (error instanceof StaleConnection && request.method === "GET") return this.#once(request);
      throw error;
    }
  }

  upgrade(path: string, protocols: readonly string[], signal?: AbortSignal): Promise<WebSocketLike> {
    return openWebSocket({ url: this.#url(path), protocols, headers: this.#headers, tls: this.#tls, signal });
  }

  tunnel({ method, path, headers }: Pick<TransportRequest, "method" | "path" | "headers">): Promise<Tunnel> {
    return new Promise((resolve, reject) => {
      const outgoing = this.#send(this.#url(path), { method, agent: false, ...this.#tls, headers: { ...headers, ...this.#headers } });
      outgoing.once("upgrade", (response, socket, head) => resolve({ response, socket, head }));
      outgoing.once("response", (response) => resolve({ response, socket: undefined, head: Buffer.alloc(0) }));
      outgoing.once("error", (error) => reject(new NoAnswerError(this.#base, error)));
      limitConnect(outgoing);
      outgoing.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #url(path: string): URL {
    return new URL(this.#base.pathname.replace(/\/$/, "") + path, this.#base);
  }

  #once(request: TransportRequest): Promise<TransportResponse> {
    const { method, body, signal } = request;
    return new Promise((resolve, reject) => {
      const outgoing = this.#send(this.#url(request.path), {
        method,
        agent: this.#agent,
        headers: {
          ...this.#headers,
          ...request.headers,
          ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
        },
        ...(signal && { signal }),
      });
      outgoing.on("response", (response) => {
        if (request.idleTimeoutMs) limitIdle(outgoing, response, request.idleTimeoutMs);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response });
      });
      outgoing.on("error", (error) => reject(signal?.aborted ? signal.reason : this.#explain(outgoing, error)));
      limitConnect(outgoing);
      if (request.idleTimeoutMs) limitIdle(outgoing, outgoing, request.idleTimeoutMs);
      outgoing.end(body);
    });
  }

  #explain(request: http.ClientRequest, error: NodeJS.ErrnoException): Error {
    const stale = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
    return stale ? new StaleConnection(this.#base, error) : new NoAnswerError(this.#base, error);
  }
}

class StaleConnection extends NoAnswerError {}

/** Ends a connection attempt that nobody answers; the kernel alone would take minutes. */
function limitConnect(request: http.ClientRequest): void {
  request.on("socket", (socket) => {
    if (!socket.connecting) return;
    const giveUp = () => request.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`));
    const timer = setTimeout(giveUp, CONNECT_TIMEOUT_MS);
    socket.once("connect", () => clearTimeout(timer));
    socket.once("close", () => clearTimeout(timer));
  });
}

/** Destroys `victim`, whoever waits now: the request until there is an answer, the response's reader after that. */
function limitIdle(request: http.ClientRequest, victim: http.ClientRequest | http.IncomingMessage, ms: number): void {
  request.removeAllListeners("timeout");
  request.setTimeout(ms, () => victim.destroy(new Error(`the connection was silent for ${ms / 1000} s`)));
}

function parseServer(server: string): URL {
  const url = URL.parse(server.includes("://") ? server : `https://${server}`);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new Error(`the API server's address ${JSON.stringify(server)} is not a URL such as https://127.0.0.1:6443`);
  }
  return url;
}

function credentials(options: HttpsTransportOptions): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { "user-agent": options.userAgent ?? "wherry" };
  if (options.token) headers.authorization = `Bearer ${options.token}`;
  else if (options.username !== undefined) {
    headers.authorization = `Basic ${Buffer.from(`${options.username}:${options.password ?? ""}`).toString("base64")}`;
  }
  const { user, groups, uid } = options.impersonate ?? {};
  // A user is named with the others: nobody acts as a group alone, and the server says so.
  if (user !== undefined) headers["impersonate-user"] = user;
  if (groups?.length) headers["impersonate-group"] = [...groups];
  if (uid !== undefined) headers["impersonate-uid"] = uid;
  return headers;
}

function tlsOptions(options: HttpsTransportOptions): https.AgentOptions {
  return {
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(options.cert !== undefined && { cert: options.cert }),
    ...(options.key !== undefined && { key: options.key }),
    ...(options.insecure && { rejectUnauthorized: false }),
    ...(options.serverName && { servername: options.serverName }),
  };
}
