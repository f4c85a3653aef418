import type { Transport, TransportRequest, TransportResponse } from "@wherry/client";
import { UsageError } from "./errors.ts";

/** What `--request-timeout` and `-v` ask for. */
export interface Observation {
  /** 0 = no limit. */
  timeoutMs: number;
  /** 6: the call and how it went; 7: its headers, too; 8: and its body. Source: client-go transport/round_trippers.go. */
  level: number;
}

/** A transport whose calls may take only so long, and are told on standard error. */
export function observed(transport: Transport, { timeoutMs, level }: Observation): Transport {
  const say = (least: number, text: string) => level >= least && process.stderr.write(`${text}\n`);
  const send = async (request: TransportRequest): Promise<TransportResponse> => {
    if (timeoutMs <= 0) return transport.request(request);
    const limit = AbortSignal.timeout(timeoutMs);
    const signal = request.signal ? AbortSignal.any([request.signal, limit]) : limit;
    return transport.request({ ...request, signal }).catch((error: unknown) => {
      if (!limit.aborted) throw error;
      throw new UsageError(
        `the server gave no answer to ${request.method} ${request.path} within ${timeoutMs / 1000} s: see --request-timeout`,
      );
    });
  };
  return {
    async request(request) {
      const start = performance.now();
      say(7, `${request.method} ${request.path}`);
      for (const [name, value] of Object.entries(request.headers ?? {})) say(7, `    ${name}: ${value}`);
      if (request.body !== undefined) say(8, `Request Body: ${Buffer.from(request.body).toString()}`);
      const response = await send(request);
      say(6, `${request.method} ${request.path} ${response.status} in ${Math.round(performance.now() - start)} milliseconds`);
      return response;
    },
    upgrade(path, protocols, signal) {
      say(6, `GET ${path} Upgrade: websocket (${protocols.join(", ")})`);
      return transport.upgrade(path, protocols, signal);
    },
    ...(transport.tunnel && { tunnel: transport.tunnel.bind(transport) }),
    close: () => transport.close(),
  };
}
