import http, { type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { limiter } from "@wherry/base";
import { RuntimeUnavailableError } from "@wherry/runtime";
import type { EngineAddress } from "./address.ts";
import { readAll } from "./body.ts";
import { unavailable } from "./unavailable.ts";

/** The newest API version whose behaviour this package knows, and the oldest one that has all it needs. */
const NEWEST = [1, 51] as const;
const OLDEST = [1, 40] as const;

/** The engine answered, and said no. */
export class EngineError extends Error {
  override name = "EngineError";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether the engine answered with this HTTP status. */
export function hasStatus(error: unknown, ...status: number[]): boolean {
  return error instanceof EngineError && status.includes(error.status);
}

/** One call. `body` is sent as JSON unless it is bytes. */
export interface EngineCall {
  method: "GET" | "POST" | "DELETE" | "HEAD";
  /** From the root, without a version: `/containers/json`. */
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: object | Buffer;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** It blocks until something happens in a container: it must not keep others from their turn. */
  blocking?: boolean;
}

/** How many calls the engine gets at once: with more of them it only gets slower. */
const CONCURRENCY = 6;

/**
 * The Docker Engine's HTTP API. Calls reject with RuntimeUnavailableError when nothing answers and with EngineError when the engine refuses. The API
 * version is negotiated on the first call, and again after the engine was away.
 */
export class EngineClient {
  readonly #address: EngineAddress;
  readonly #turn = limiter(CONCURRENCY);
  readonly #pool = new http.Agent({ keepAlive: true, maxFreeSockets: 4 });
  #version: Promise<string> | undefined;

  constructor(address: EngineAddress) {
    this.#address = address;
  }

  /** The whole answer, parsed; undefined when it has no body. */
  async json<T>(call: EngineCall): Promise<T> {
    const ask = async () => (await readAll(await this.#send(call, this.#pool))).toString("utf8");
    const text = await (call.blocking ? ask() : this.#turn(ask));
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** The answer's body as it comes, on a connection of its own; it is destroyed when the signal aborts. */
  async stream(call: EngineCall): Promise<IncomingMessage> {
    return this.#send(call, false);
  }

  /** Turns the connection into a raw one: what the engine calls hijacking. */
  async upgrade(call: EngineCall): Promise<Duplex> {
    const path = await this.#path(call);
    return new Promise((resolve, reject) => {
      const request = http.request({
        ...this.#options(call, path),
        headers: { ...headersOf(call), Connection: "Upgrade", Upgrade: "tcp" },
      });
      request.on("upgrade", (_response, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      request.on("response", (response) => refusal(response).then(reject, reject));
      request.on("error", (error) => reject(this.#unavailable(error)));
      request.end(bodyOf(call));
    });
  }

  /** Ends idle connections. */
  close(): void {
    this.#pool.destroy();
  }

  async #send(call: EngineCall, agent: http.Agent | false): Promise<IncomingMessage> {
    const path = await this.#path(call);
    const response = await this.#request(call, path, agent);
    if (response.statusCode! >= 300 && response.statusCode !== 304) throw await refusal(response);
    return response;
  }

  #request(call: EngineCall, path: string, agent: http.Agent | false): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = http.request({
        ...this.#options(call, path),
        agent,
        headers: headersOf(call),
        ...(call.signal && { signal: call.signal }),
      });
      request.on("response", resolve);
      request.on("error", (error) => reject(call.signal?.aborted ? call.signal.reason : this.#unavailable(error)));
      request.end(bodyOf(call));
    });
  }

  #options(call: EngineCall, path: string): http.RequestOptions {
    const { text: _, ...where } = this.#address;
    return { ...where, method: call.method, path };
  }

  async #path(call: EngineCall): Promise<string> {
    this.#version ??= this.#negotiate();
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) query.set(name, String(value));
    return `/${await this.#version}${call.path}${query.size > 0 ? `?${query}` : ""}`;
  }

  async #negotiate(): Promise<string> {
    const response = await this.#request({ method: "GET", path: "/_ping" }, "/_ping", this.#pool);
    await readAll(response);
    if (response.statusCode !== 200) throw this.#unavailable(new Error(`HTTP ${response.statusCode} from /_ping`));
    return chooseVersion(String(response.headers["api-version"]), this.#address.text);
  }

  #unavailable(error: Error): RuntimeUnavailableError {
    this.#version = undefined;
    return unavailable(this.#address, error);
  }
}

/** The newest version that both sides know, such as `v1.41`. */
export function chooseVersion(offered: string, address: string): string {
  const [major = 0, minor = 0] = offered.split(".").map(Number);
  const older = (a: readonly [number, number], b: readonly [number, number]) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
  if (Number.isNaN(major) || Number.isNaN(minor) || older([major, minor], OLDEST))
    throw new RuntimeUnavailableError(
      `the Docker Engine at ${address} speaks API ${offered}: ${OLDEST.join(".")} (Docker 19.03) or newer is needed`,
    );
  return `v${(older(NEWEST, [major, minor]) ? NEWEST : [major, minor]).join(".")}`;
}

function headersOf(call: EngineCall): Record<string, string> {
  const type = Buffer.isBuffer(call.body) ? "application/x-tar" : "application/json";
  const length = bodyOf(call)?.length ?? 0;
  return { Host: "docker", ...(call.method === "POST" && { "Content-Type": type, "Content-Length": String(length) }), ...call.headers };
}

function bodyOf(call: EngineCall): Buffer | undefined {
  return call.body && (Buffer.isBuffer(call.body) ? call.body : Buffer.from(JSON.stringify(call.body)));
}

async function refusal(response: IncomingMessage): Promise<EngineError> {
  const text = (await readAll(response)).toString("utf8");
  return new EngineError(response.statusCode!, messageOf(text) || `HTTP ${response.statusCode}`);
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text.trim();
  }
}
