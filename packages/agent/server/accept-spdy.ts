import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { forbidden } from "@wherry/base";
import { splitList } from "./accept-websocket.ts";
import { SpdyConnection, type SpdyOptions } from "./spdy/connection.ts";

const HEADER = "x-stream-protocol-version";

/**
 * Makes a connection one of SPDY/3.1 and gives the protocol that is spoken on its streams: the client's first choice of those known here, `otherwise` when it has none. Throws
 * Forbidden when it knows other ones only. Source: apimachinery `httpstream.Handshake` and `spdy/upgrade.go`.
 */
export function acceptSpdy(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocols: readonly string[],
  otherwise: string,
): { protocol: string; connect(onStream: NonNullable<SpdyOptions["onStream"]>): SpdyConnection } {
  const offered = splitList([request.headers[HEADER] ?? []].flat().join(","));
  const chosen = offered.find((name) => protocols.includes(name));
  if (offered.length > 0 && !chosen)
    throw forbidden(
      { group: "", resource: "" },
      "",
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(" ")}], server accepts [${protocols.join(" ")}]`,
    );
  const lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: SPDY/3.1"];
  if (chosen) lines.push(`X-Stream-Protocol-Version: ${chosen}`);
  return {
    protocol: chosen ?? otherwise,
    connect: (onStream) => {
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      if (head.length > 0) socket.unshift(head);
      return new SpdyConnection(socket, { role: "server", onStream });
    },
  };
}
