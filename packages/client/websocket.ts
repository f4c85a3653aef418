import type { IncomingMessage } from "node:http";
import type { AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { NoAnswerError } from "./no-answer-error.ts";
import { statusErrorOf } from "./response.ts";
import type { WebSocketLike } from "./transport.ts";

export interface WebSocketTarget {
  url: URL;
  protocols: readonly string[];
  headers: Readonly<Record<string, string | string[]>>;
  tls: AgentOptions;
  signal?: AbortSignal | undefined;
}

/** Opens a WebSocket. A server that answers with a failure instead rejects with its StatusError. The signal closes it at any time. */
export async function openWebSocket(target: WebSocketTarget): Promise<WebSocketLike> {
  // Only exec, attach and port-forward need it.
  const { WebSocket, createWebSocketStream } = await import("ws");
  target.signal?.throwIfAborted();
  const url = new URL(target.url);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  const socket = new WebSocket(url, [...target.protocols], { ...target.tls, headers: target.headers, perMessageDeflate: false });
  // Made before the socket opens: what the server says first would be lost on a stream made later.
  const stream = createWebSocketStream(socket, { readableObjectMode: true, writableObjectMode: false });
  stream.on("error", () => socket.terminate());
  await opened(socket, target);
  const onAbort = () => socket.terminate();
  target.signal?.addEventListener("abort", onAbort, { once: true });
  socket.once("close", () => target.signal?.removeEventListener("abort", onAbort));
  return like(socket, stream);
}

function opened(socket: WebSocket, { signal, url }: WebSocketTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      socket.terminate();
      reject(signal?.reason);
    };
    const settle = (finish: () => void) => {
      signal?.removeEventListener("abort", onAbort);
      finish();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("open", () => settle(resolve));
    socket.on("error", (error) => settle(() => reject(new NoAnswerError(url, error))));
    socket.once("unexpected-response", (request: { destroy(): void }, response: IncomingMessage) => {
      const answer = { status: response.statusCode ?? 0, headers: response.headers, body: response };
      statusErrorOf(answer)
        .then((error) => settle(() => reject(error)), reject)
        .finally(() => request.destroy());
    });
  });
}

function like(socket: WebSocket, stream: Duplex): WebSocketLike {
  return {
    protocol: socket.protocol,
    send: (data) => new Promise((resolve) => socket.send(data, () => resolve())),
    close: (code) => socket.close(code),
    messages: () => stream,
  };
}
