import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Clock } from "@wherry/base";
import type { ContainerStreams } from "@wherry/runtime";
import type { ContainerAddress, ContainerFinder } from "./container-finder.ts";
import { parseLogQuery } from "./log-query.ts";

/** Answers with a container's log, as fast as the client reads, until its end, `limitBytes`, or the client's going. Throws a StatusError before the first byte. */
export async function sendLogs(
  address: ContainerAddress,
  query: URLSearchParams,
  response: ServerResponse,
  context: { finder: ContainerFinder; streams: ContainerStreams; clock: Clock },
): Promise<void> {
  const { options, previous, limitBytes } = parseLogQuery(query, context.clock.now());
  const container = context.finder.forLogs(address, previous);
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.writeHead(200, { "content-type": "text/plain", "transfer-encoding": "chunked" });
  response.flushHeaders();
  let left = limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const part of context.streams.logs(container.id, options, gone.signal)) {
    if (gone.signal.aborted) return;
    const piece = part.length > left ? part.subarray(0, left) : part;
    left -= piece.length;
    if (!response.write(piece)) await Promise.race([once(response, "drain"), once(gone.signal, "abort")]);
    if (left <= 0) break;
  }
  gone.abort();
  response.end();
}
