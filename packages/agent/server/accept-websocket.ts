import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { badRequest } from "@wherry/base";
import type { WebSocket, WebSocketServer } from "ws";

/** A WebSocket, and the subprotocol that is spoken on it: empty when the client asked for none. */
export interface AcceptedWebSocket {
  socket: WebSocket;
  protocol: string;
}

let sharedServer: Promise<WebSocketServer> | undefined;
const chosenFor = new WeakMap<IncomingMessage, string>();

/** Loaded when somebody first wants a stream. */
function webSocketServer(): Promise<WebSocketServer> {
  sharedServer ??= import("ws").then(({ WebSocketServer }) => {
    const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    server.on("headers", (headers, request) => {
      const chosen = chosenFor.get(request);
      if (chosen) headers.push(`Sec-WebSocket-Protocol: ${chosen}`);
    });
    return server;
  });
  return sharedServer;
}

/**
 * Makes a connection a WebSocket that speaks one of the subprotocols, the client's first choice of them; none when it asked for none. Throws BadRequest when it knows other
 * ones only. A handshake that is malformed is answered, and never resolves.
 */
export async function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocols: readonly string[],
): Promise<AcceptedWebSocket> {
  const offered = splitList(request.headers["sec-websocket-protocol"]);
  const protocol = offered.find((name) => protocols.includes(name)) ?? "";
  if (offered.length > 0 && !protocol)
    throw badRequest(
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(" ")}], server accepts [${protocols.join(" ")}]`,
    );
  // ws would refuse names that are no tokens, such as `SPDY/3.1+portforward.k8s.io`: it does not get to see them.
  request.headers["sec-websocket-protocol"] = undefined;
  chosenFor.set(request, protocol);
  const server = await webSocketServer();
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, (opened) => resolve({ socket: opened, protocol })));
}

/** The words of a header that is a list. */
export function splitList(header: string | undefined): string[] {
  return (header ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
}
