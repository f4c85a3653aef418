import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { badRequest } from "@wherry/base";
import type { WebSocket, WebSocketServer } from "ws";

let sharedServer: Promise<WebSocketServer> | undefined;

/** Loaded when somebody first wants a stream. */
function webSocketServer(): Promise<WebSocketServer> {
  sharedServer ??= import("ws").then(
    (ws) => new ws.WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: (offered) => firstOf(offered) }),
  );
  return sharedServer;
}

const firstOf = (offered: Set<string>): string | false => offered.values().next().value ?? false;

/**
 * Makes a connection a WebSocket that speaks one of the subprotocols, the client's first choice of them; none when it asked for none. Throws BadRequest when it knows other
 * ones only. A handshake that is malformed is answered, and never resolves.
 */
export async function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocols: readonly string[],
): Promise<WebSocket> {
  const offered = splitList(request.headers["sec-websocket-protocol"]);
  const chosen = offered.find((name) => protocols.includes(name));
  if (offered.length > 0 && chosen === undefined)
    throw badRequest(
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(" ")}], server accepts [${protocols.join(" ")}]`,
    );
  if (chosen !== undefined) request.headers["sec-websocket-protocol"] = chosen;
  const server = await webSocketServer();
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, (opened) => resolve(opened)));
}

/** The words of a header that is a list. */
export function splitList(header: string | undefined): string[] {
  return (header ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
}
