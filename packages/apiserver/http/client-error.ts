import type { Socket } from "node:net";
import { badRequest, failure } from "@wherry/base";

/** Answers what is no HTTP with a Status, and hangs up. */
export function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status } = statusFor(error);
  const body = `${JSON.stringify(status)}\n`;
  const head = `HTTP/1.1 ${status.code} ${status.reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  // Whoever does not read this is not waited for.
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`, () => socket.destroy());
}

function statusFor(error: NodeJS.ErrnoException) {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return failure(408, "Timeout", "the request was not complete in time");
  if (error.code === "HPE_HEADER_OVERFLOW") return failure(431, "BadRequest", "the headers of the request are too large");
  return badRequest("the request is not valid HTTP");
}
