import type { Readable } from "node:stream";
import type { Requester } from "@wherry/machinery";

/** Who makes a request. */
export type User = Requester;

/** One request of the API, however it came in. */
export interface ApiRequest {
  readonly method: string;
  /** Path without its query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The query as it came, without its question mark; absent when there is none. */
  readonly rawQuery?: string;
  /** Header names are lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Absent when the caller showed no credentials: only health and version are open to it. */
  readonly user: User | undefined;
  /** The whole body; empty when there is none. */
  readonly body: Uint8Array;
  /** Of a request that is passed on: its body as it comes, and `body` is empty. */
  readonly stream?: Readable;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
}

/** Where a streamed body goes. Memory is bounded by its writer: look at `pending`, or wait for `drained`. */
export interface Sink {
  /** Queues a chunk; the chunk is shared and must not change any more. Does nothing after the end. */
  write(chunk: Uint8Array): void;
  /** Bytes written and not yet taken by the reader. */
  readonly pending: number;
  /** Resolves when little is pending, or the sink is closed. */
  drained(): Promise<void>;
  /** Aborts when the reader is gone. */
  readonly signal: AbortSignal;
  /** Cuts the reader off without a proper end. */
  destroy(): void;
}

/** Writes a body; the response ends when it resolves, and is cut off when it rejects. */
export type StreamBody = (sink: Sink) => Promise<void>;

export interface ApiResponse {
  status: number;
  headers: Record<string, string | string[]>;
  body: Uint8Array | string | StreamBody;
  /** A streamed body that ends by itself soon, as a list does and a watch does not: it may be compressed. */
  finite?: boolean;
}

/** One value of a header; the first when it was repeated. */
export function headerOf(request: Pick<ApiRequest, "headers">, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : (value?.[0] ?? "");
}

/** A JSON answer. */
export function json(status: number, value: unknown, headers: Record<string, string | string[]> = {}): ApiResponse {
  return jsonBytes(status, `${JSON.stringify(value)}\n`, headers);
}

/** An answer whose JSON is already there. */
export function jsonBytes(status: number, body: ApiResponse["body"], headers: Record<string, string | string[]> = {}): ApiResponse {
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

export function text(status: number, body: string, headers: Record<string, string | string[]> = {}): ApiResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}
