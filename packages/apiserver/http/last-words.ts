import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Status } from "@wherry/base";

/** How much of what still comes is thrown away, so that the peer gets to read the answer; a reset would take it from under its eyes. */
const MAX_IGNORED = 16 << 20;
const IDLE_MS = 2_000;

/** Answers a Status on a connection that nothing else will be heard on, waits a little for the peer to read it, and hangs up. Call once. */
export function lastWords(socket: Duplex, status: Status): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${JSON.stringify(status)}\n`;
  const head = [`HTTP/1.1 ${status.code} ${status.reason}`, "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`];
  ignoreRest(socket);
  socket.end(`${head.join("\r\n")}\r\nConnection: close\r\n\r\n${body}`);
}

/** From now on nobody else reads from this socket. */
function ignoreRest(socket: Duplex): void {
  let ignored = 0;
  socket.removeAllListeners("data");
  socket.removeAllListeners("readable");
  socket.on("data", (chunk: Buffer) => {
    ignored += chunk.length;
    if (ignored > MAX_IGNORED) socket.destroy();
  });
  socket.on("error", () => socket.destroy());
  socket.once("end", () => socket.destroy());
  if ("setTimeout" in socket) (socket as Socket).setTimeout(IDLE_MS, () => socket.destroy());
  socket.resume();
}
