import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

export interface TransportRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute path with its query. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  signal?: AbortSignal;
  /** Fail when no byte came for this long; a transport that cannot lose its peer silently may ignore it. Absent = wait for ever. */
  idleTimeoutMs?: number;
}

export interface TransportResponse {
  status: number;
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Chunks as they come; iterate it to the end, or break to cancel the request. */
  body: AsyncIterable<Uint8Array>;
}

/** How a client reaches the API server. */
export interface Transport {
  /** Rejects only when no response could be had; a failed status is a response. */
  request(request: TransportRequest): Promise<TransportResponse>;
  /** Opens a WebSocket on `path` with one of `protocols`: exec and attach. */
  upgrade(path: string, protocols: readonly string[], signal?: AbortSignal): Promise<WebSocketLike>;
  /**
   * Asks for another protocol in the caller's own words: the answer as it is, and the connection when the server agreed. Rejects only when no answer could be had. Absent where there are no
   * connections.
   */
  tunnel?(request: Pick<TransportRequest, "method" | "path" | "headers">): Promise<Tunnel>;
  /** Frees idle connections. */
  close(): void;
}

/** A server's answer to a request for another protocol. */
export interface Tunnel {
  response: IncomingMessage;
  /** Undefined when it did not agree. */
  socket: Duplex | undefined;
  /** What came right after the answer. */
  head: Buffer;
}

/** The part of a WebSocket that streams need. */
export interface WebSocketLike {
  readonly protocol: string;
  /** Sends a message. Resolves when the next one may be sent without piling up, or when the connection is gone; never rejects. */
  send(data: Uint8Array): Promise<void>;
  close(code?: number): void;
  /** The binary messages that come, for back-pressure; ends with the connection. Writing to it fails when the connection ends, and what was not read yet is lost with it. */
  messages(): Duplex;
}
