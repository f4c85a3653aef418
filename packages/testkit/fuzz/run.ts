import type { ConnectionOptions } from "node:tls";
import type { Registry } from "@wherry/machinery";
import { FuzzConnection, type Outcome } from "./connection.ts";
import { type FuzzRequest, fuzzRequest } from "./requests.ts";

export interface FuzzOptions {
  to: ConnectionOptions;
  registry: Registry;
  seed: number;
  /** The first request, and how many there are. */
  first?: number;
  requests: number;
  /** The run ends early when this aborts. */
  signal?: AbortSignal;
  connections?: number;
  /** Is told after each request. */
  onDone?(done: number): void;
}

/** What a run has seen. */
export interface FuzzReport {
  done: number;
  /** How often each status came; 0 where there was none. */
  statuses: Map<number, number>;
}

/** A request that the server should have taken better. The message tells how to send it again. */
export class FuzzFinding extends Error {
  constructor(seed: number, number: number, request: FuzzRequest, why: string) {
    const shown = Buffer.concat(request.pieces).toString("latin1").slice(0, 4000);
    super(
      `request ${number} of seed ${seed}: ${why}\nagain: npm run test:fuzz -- --seed ${seed} --first ${number} --requests 1\n\n${shown}`,
    );
    this.name = "FuzzFinding";
  }
}

/** Sends random requests, a few at once. Rejects with a FuzzFinding at the first that is answered with a failure of the server's, or not at all. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { first = 0, requests, connections = 8, signal } = options;
  const report: FuzzReport = { done: 0, statuses: new Map() };
  let next = first;
  const work = async () => {
    const connection = new FuzzConnection(options.to);
    try {
      while (next < first + requests && !signal?.aborted) await step(options, connection, next++, report);
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(connections, requests) }, work));
  return report;
}

async function step(
  { seed, registry, onDone }: FuzzOptions,
  connection: FuzzConnection,
  number: number,
  report: FuzzReport,
): Promise<void> {
  const request = fuzzRequest(seed, number, registry);
  const outcome = await connection.send(request).catch((error: unknown) => {
    throw new FuzzFinding(seed, number, request, String(error));
  });
  const why = complaint(outcome);
  if (why) throw new FuzzFinding(seed, number, request, why);
  report.statuses.set(outcome.status, (report.statuses.get(outcome.status) ?? 0) + 1);
  report.done++;
  onDone?.(report.done);
}

/** Failures of the server's that are right: what it cannot reach, and a revision that is not there yet. */
const FINE: ReadonlySet<number> = new Set([501, 503, 504]);

function complaint({ status, head, body }: Outcome): string | undefined {
  if (status === 0) return undefined;
  if (!(status >= 100 && status < 600)) return `no HTTP: ${head.slice(0, 200)}`;
  if (status >= 500 && !FINE.has(status)) return `status ${status}: ${body.toString().slice(0, 2000)}`;
  if (status < 400 || !/\ncontent-type: application\/json/i.test(head) || body.length === 0) return undefined;
  const text = body.toString();
  return text.includes('"kind":"Status"') ? undefined : `status ${status} without a Status: ${text.slice(0, 2000)}`;
}
