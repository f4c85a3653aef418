import type { Socket } from "node:net";
import { badRequest, failure } from "@wherry/base";
import { lastWords } from "./last-words.ts";

/** Answers what is no HTTP with a Status, and hangs up. */
export function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET") socket.destroy();
  else lastWords(socket, statusFor(error).status);
}

function statusFor(error: NodeJS.ErrnoException) {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return failure(408, "Timeout", "the request was not complete in time");
  if (error.code === "HPE_HEADER_OVERFLOW") return failure(431, "BadRequest", "the headers of the request are too large");
  return badRequest("the request is not valid HTTP");
}
