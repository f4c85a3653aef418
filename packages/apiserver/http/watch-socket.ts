import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { StatusError } from "@wherry/base";
import type { WebSocket, WebSocketServer } from "ws";
import type { ApiResponse, Sink, StreamBody } from "../exchange.ts";
import { drained } from "./sink.ts";

/** A client of a watch has nothing to say. */
const MAX_RECEIVED = 64 * 1024;

/** How events are framed, by the subprotocol that a client asks for; text when it asks for none. */
const FRAMES: Readonly<Record<string, (event: Uint8Array) => Uint8Array | string>> = {
  "binary.k8s.io": (event) => event,
  "base64.binary.k8s.io": (event) => Buffer.from(event).toString("base64"),
};

/**
 * Sends a watch over a WebSocket, one message for each event. Rejects with the StatusError that the response is when it is no stream, before anything is
 * answered. Source: apiserver `handlers.WatchServer.HandleWS`.
 */
export async function watchOverWebSocket(message: IncomingMessage, socket: Duplex, head: Buffer, response: ApiResponse): Promise<void> {
  const { body } = response;
  if (typeof body !== "function") throw new StatusError(JSON.parse(Buffer.from(body).toString("utf8")));
  const server = await webSocketServer();
  server.handleUpgrade(message, socket, head, (client) => void send(client, socket, body));
}

async function send(client: WebSocket, socket: Duplex, body: StreamBody): Promise<void> {
  const gone = new AbortController();
  client.on("error", () => client.terminate());
  client.once("close", () => gone.abort(new Error("the client is gone")));
  try {
    await body(webSocketSink(client, socket, gone.signal));
    client.close(1000);
  } catch {
    client.terminate();
  }
}

function webSocketSink(client: WebSocket, socket: Duplex, signal: AbortSignal): Sink {
  const frame = FRAMES[client.protocol] ?? ((event: Uint8Array) => Buffer.from(event).toString("utf8"));
  return {
    signal,
    get pending() {
      return socket.writableLength;
    },
    write(chunk) {
      for (const event of eventsOf(chunk)) if (!signal.aborted) client.send(frame(event));
    },
    drained: () => drained(socket, signal),
    destroy: () => client.terminate(),
  };
}

/** A chunk holds whole events; each ends with a line feed, and holds no other. */
function* eventsOf(chunk: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < chunk.length; ) {
    const end = chunk.indexOf(0x0a, from) + 1 || chunk.length;
    yield chunk.subarray(from, end);
    from = end;
  }
}

let shared: Promise<WebSocketServer> | undefined;

/** Loaded with the first watch of this kind. */
function webSocketServer(): Promise<WebSocketServer> {
  shared ??= import("ws").then(
    ({ WebSocketServer }) =>
      new WebSocketServer({
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: MAX_RECEIVED,
        handleProtocols: (offered) => [...offered].find((name) => Object.hasOwn(FRAMES, name)) ?? [...offered][0] ?? false,
      }),
  );
  return shared;
}
