import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { responseHead } from "@wherry/base/response-head.ts";
import type { Transport, TransportRequest } from "@wherry/client";

/** What the server is not told: whom the client spoke to, and credentials, which are this proxy's own. */
const OWN = new Set(["host", "authorization"]);

/** Asks the server for another protocol, and joins the two connections when it agrees; else passes its answer on. Never rejects. */
export async function passUpgrade(
  transport: Transport,
  path: string,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter((entry): entry is [string, string] => typeof entry[1] === "string" && !OWN.has(entry[0])),
  );
  try {
    const method = (request.method ?? "GET") as TransportRequest["method"];
    const answer = await transport.tunnel?.({ method, path, headers });
    if (!answer) throw new Error("this connection can carry no other protocol");
    const { response, socket: server } = answer;
    socket.write(responseHead(response, server === undefined));
    const from = server ?? response;
    from.on("error", () => socket.destroy());
    socket.once("close", () => from.destroy());
    if (answer.head.length > 0) socket.write(answer.head);
    if (server && head.length > 0) server.write(head);
    if (server) socket.pipe(server);
    from.pipe(socket);
  } catch (error) {
    const words = `${(error as Error).message}\n`;
    socket.end(
      `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(words)}\r\nconnection: close\r\n\r\n${words}`,
    );
  }
}
