import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { StatusError } from "@wherry/base/status-error.ts";
import type { Transport, TransportRequest } from "@wherry/client";

/** Headers about the connection to this proxy, which say nothing about the one to the server. */
const OWN = new Set([
  "connection",
  "host",
  "authorization",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "content-length",
  "proxy-connection",
]);

/** Asks the server, and answers with what it answers, as it comes. */
export async function passOn(transport: Transport, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const stop = new AbortController();
  response.once("close", () => stop.abort());
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter((entry): entry is [string, string] => typeof entry[1] === "string" && !OWN.has(entry[0])),
  );
  const body = await buffer(request);
  try {
    const method = (request.method ?? "GET") as TransportRequest["method"];
    const answer = await transport.request({ method, path, headers, signal: stop.signal, ...(body.length > 0 && { body }) });
    const kept = Object.entries(answer.headers).filter(([name, value]) => value !== undefined && !OWN.has(name));
    response.writeHead(answer.status, Object.fromEntries(kept) as Record<string, string>);
    response.flushHeaders();
    await pipeline(Readable.from(answer.body), response);
  } catch (error) {
    fail(response, error);
  }
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  if (error instanceof StatusError)
    response.writeHead(error.code, { "content-type": "application/json" }).end(JSON.stringify(error.status));
  else response.writeHead(502, { "content-type": "text/plain" }).end(`${(error as Error).message}\n`);
}
