import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { promisify } from "node:util";
import { createGzip, gzip, constants as zlib } from "node:zlib";
import type { ApiResponse, Sink } from "../exchange.ts";
import { drained } from "./sink.ts";

/** Smaller answers are not worth it. Source: apiserver `responsewriters.defaultGzipThresholdBytes`. */
const THRESHOLD = 128 * 1024;
/** Fast: the network is faster than a better one. Source: apiserver `responsewriters.defaultGzipContentEncodingLevel`. */
const LEVEL = zlib.Z_BEST_SPEED;

const compress = promisify(gzip);

/** Whether a client takes gzip. Source: apiserver `responsewriters.negotiateContentEncoding`, which knows no weights but 0. */
export function acceptsGzip(acceptEncoding: string): boolean {
  return acceptEncoding.split(",").some((part) => /^gzip\s*(;|$)/i.test(part.trim()) && !/;\s*q=0(\.0*)?\s*$/.test(part));
}

/** The response with its body compressed, when that is whole and big enough; else the response itself. */
export async function gzipped(response: ApiResponse): Promise<ApiResponse> {
  const { body, headers } = response;
  if (typeof body === "function" || body.length < THRESHOLD) return response;
  return { ...response, headers: { ...headers, ...GZIP_HEADERS }, body: await compress(body, { level: LEVEL }) };
}

export const GZIP_HEADERS = { "content-encoding": "gzip", vary: "Accept-Encoding" };

/** A sink that compresses what is written to it on its way to the response. `end` resolves when all of it was sent. */
export function gzipSink(response: ServerResponse, signal: AbortSignal): Sink & { end(): Promise<void> } {
  const stream = createGzip({ level: LEVEL });
  const sent = new Promise<void>((resolve) => pipeline(stream, response, () => resolve()));
  return {
    signal,
    get pending() {
      return stream.writableLength + response.writableLength;
    },
    write(chunk) {
      if (!signal.aborted && !stream.writableEnded) stream.write(chunk);
    },
    drained: () => drained(stream, signal),
    destroy: () => response.destroy(),
    end: () => {
      stream.end();
      return sent;
    },
  };
}
