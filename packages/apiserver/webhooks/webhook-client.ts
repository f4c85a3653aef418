import https from "node:https";
import { isIP } from "node:net";
import { type Clock, deferred } from "@wherry/base";
import { networkFailure, statusFailure } from "./call-failure.ts";

/** Where a webhook is, and how it is known. */
export interface WebhookAddress {
  url?: string;
  service?: { name: string; namespace: string; path?: string; port?: number };
  /** PEM in base64; the host's own authorities when absent. */
  caBundle?: string;
}

/** Where a service is reached. Throws an Error that says why not. */
export type ServiceResolver = (service: { name: string; namespace: string; port: number }) => { host: string; port: number };

/** What a webhook may answer at most, in bytes. */
const MAX_ANSWER = 16 << 20;
/** Connections to one webhook at a time: more calls wait, within their own time. */
const MAX_CONNECTIONS = 32;

/**
 * Calls webhooks over HTTPS: bounded in time and size, and apart from one another. It follows no redirects and sends no credentials.
 */
export class WebhookClient {
  readonly #resolve: ServiceResolver;
  readonly #clock: Clock;
  readonly #connections = new https.Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS, maxFreeSockets: 4, timeout: 60_000 });
  readonly #closing = new AbortController();

  constructor(resolve: ServiceResolver, clock: Clock) {
    this.#resolve = resolve;
    this.#clock = clock;
  }

  /** Posts a value as JSON; gives the answer's. Rejects with an Error in Go's words, as upstream shows it: `Post "https://...": dial tcp ...`. */
  async post(address: WebhookAddress, value: unknown, timeoutSeconds: number): Promise<unknown> {
    const url = urlOf(address);
    url.searchParams.set("timeout", `${timeoutSeconds}s`);
    try {
      return await this.#post(url, address, Buffer.from(JSON.stringify(value)), timeoutSeconds * 1000);
    } catch (error) {
      if (error instanceof AnswerError) throw error;
      throw new Error(`Post ${JSON.stringify(textOf(url, address))}: ${(error as Error).message}`);
    }
  }

  /** Breaks off every call. */
  close(): void {
    this.#closing.abort(new Error("the API server is closing"));
    this.#connections.destroy();
  }

  async #post(url: URL, { service, caBundle }: WebhookAddress, body: Buffer, timeoutMs: number): Promise<unknown> {
    const at = service ? this.#resolve({ ...service, port: service.port ?? 443 }) : undefined;
    const name = url.hostname.replace(/^\[|\]$/g, "");
    const out = deferred<never>();
    const stop = new AbortController();
    const timer = this.#clock.schedule(timeoutMs, () => out.reject(new Error("context deadline exceeded")));
    const closing = () => out.reject(this.#closing.signal.reason as Error);
    this.#closing.signal.addEventListener("abort", closing, { once: true });
    out.promise.catch(() => {});
    const asking = ask(
      {
        host: at?.host ?? name,
        port: at?.port ?? (url.port || 443),
        path: url.pathname + url.search,
        servername: isIP(name) ? "" : name,
        agent: this.#connections,
        signal: stop.signal,
        headers: { host: url.host, "content-type": "application/json", accept: "application/json", "content-length": body.length },
        ...(caBundle && { ca: Buffer.from(caBundle, "base64") }),
      },
      body,
    );
    asking.catch(() => {});
    try {
      return await Promise.race([asking, out.promise]);
    } catch (error) {
      if (!service || error instanceof AnswerError) throw error;
      const where = at ? `${at.host}:${at.port}` : "";
      throw new Error(`${(error as Error).message} (the API server reaches services from its own host, by their cluster IP: ${where})`);
    } finally {
      timer.cancel();
      this.#closing.signal.removeEventListener("abort", closing);
      stop.abort();
    }
  }
}

/** An answer that is none of a webhook. */
class AnswerError extends Error {}

function urlOf({ url, service }: WebhookAddress): URL {
  if (url !== undefined) return new URL(url);
  const { name = "", namespace = "", path = "", port = 443 } = service ?? {};
  const made = new URL(`https://${name}.${namespace}.svc:${port}`);
  made.pathname = path;
  return made;
}

/** With the port that a service was given, as upstream shows it. */
function textOf(url: URL, { service }: WebhookAddress): string {
  return service && !url.port ? url.href.replace(url.host, `${url.host}:${service.port ?? 443}`) : url.href;
}

function ask(options: https.RequestOptions, body: Buffer): Promise<unknown> {
  const { promise, resolve, reject } = deferred<unknown>();
  const request = https.request({ ...options, method: "POST" }, (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ANSWER) request.destroy(new Error(`the answer is larger than ${MAX_ANSWER} bytes`));
      else chunks.push(chunk);
    });
    response.on("error", (error) => reject(networkFailure(error, options)));
    response.on("end", () => {
      try {
        resolve(answerOf(response.statusCode ?? 500, Buffer.concat(chunks).toString("utf8")));
      } catch (error) {
        reject(error);
      }
    });
  });
  request.on("error", (error) => reject(networkFailure(error, options)));
  request.end(body);
  return promise;
}

function answerOf(status: number, text: string): unknown {
  if (status < 200 || status > 299) throw new AnswerError(statusFailure(status, text));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AnswerError(`the answer is no JSON: ${(error as Error).message}`);
  }
}
