import type { IncomingMessage, ServerResponse } from "node:http";
import { tooLarge } from "../errors.ts";
import type { ApiRequest, User } from "../exchange.ts";

/** Source: apiserver `MaxRequestBodyBytes`. */
export const MAX_BODY = 3 * 1024 * 1024;

const EMPTY = new Uint8Array();
const NO_QUERY = new URLSearchParams();

/** What was asked over HTTP. */
export function apiRequest(message: IncomingMessage, response: ServerResponse, user: User | undefined, body: Uint8Array): ApiRequest {
  const { method = "GET", url = "/", headers } = message;
  const mark = url.indexOf("?");
  let gone: AbortSignal | undefined;
  return {
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1)),
    headers,
    user,
    body,
    get signal() {
      gone ??= closeSignal(response);
      return gone;
    },
  };
}

/** Aborts when the connection is gone. */
export function closeSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.destroyed) controller.abort(new Error("the client is gone"));
  else response.once("close", () => controller.abort(new Error("the client is gone")));
  return controller.signal;
}

/**
 * The whole body; undefined when the client goes before its end. Rejects with RequestEntityTooLarge as soon as that is known, and leaves the rest
 * where it is.
 */
export function readBody(message: IncomingMessage): Promise<Uint8Array | undefined> | Uint8Array {
  const { "content-length": length, "transfer-encoding": encoding } = message.headers;
  if (length === undefined && encoding === undefined) return EMPTY;
  if (Number(length) > MAX_BODY) return Promise.reject(tooLarge(MAX_BODY));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_BODY) reject(tooLarge(MAX_BODY));
    });
    message.once("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)));
    message.once("error", () => resolve(undefined));
    message.once("close", () => resolve(undefined));
  });
}
