import type { ServerResponse } from "node:http";
import type { Logger } from "@wherry/base";
import type { ApiResponse, StreamBody } from "../exchange.ts";
import { GZIP_HEADERS, gzipped, gzipSink } from "./gzip.ts";
import { closeSignal } from "./request.ts";
import { responseSink } from "./sink.ts";

/** Sends an answer. Never rejects: a stream that fails cuts the connection. `zip`: the client takes gzip. */
export async function respond(response: ServerResponse, answer: ApiResponse, zip: boolean, log: Logger): Promise<void> {
  if (typeof answer.body === "function") return stream(response, answer, answer.body, zip && answer.finite === true, log);
  const { status, headers, body } = zip ? await gzipped(answer) : answer;
  if (status === 304) response.writeHead(status, headers).end();
  else response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body as Uint8Array | string) }).end(body);
}

async function stream(response: ServerResponse, { status, headers }: ApiResponse, body: StreamBody, zip: boolean, log: Logger) {
  const signal = closeSignal(response);
  response.writeHead(status, zip ? { ...headers, ...GZIP_HEADERS } : headers);
  response.flushHeaders();
  try {
    const zipped = zip ? gzipSink(response, signal) : undefined;
    await body(zipped ?? responseSink(response, signal));
    await zipped?.end();
    response.end();
  } catch (error) {
    if (!signal.aborted) log.warn("an answer broke off", { error });
    response.destroy();
  }
}
