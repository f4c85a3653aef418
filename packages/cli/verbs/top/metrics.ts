import { StatusError } from "@wherry/base/status-error.ts";
import { Quantity } from "@wherry/machinery/quantity.ts";
import type { Connection } from "../../connection.ts";
import { UsageError } from "../../errors.ts";

/** What a node or a container uses. Source: k8s.io/metrics `v1beta1`. */
export interface Usage {
  cpu: string;
  memory: string;
}

/** An object of the metrics API. */
export interface Metrics {
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  usage?: Usage;
  containers?: { name: string; usage: Usage }[];
}

/** Lists `path` below the metrics API. Throws a UsageError in kubectl's words, and with what can be done, where nothing serves it. */
export async function fetchMetrics({ client }: Connection, path: string, query: Record<string, string | undefined>): Promise<Metrics[]> {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  try {
    const response = await client.raw({ method: "GET", path: `/apis/metrics.k8s.io/v1beta1/${path}?${new URLSearchParams(given)}` });
    const found = JSON.parse(Buffer.concat(await Array.fromAsync(response.body)).toString()) as Metrics & { items?: Metrics[] };
    return found.items ?? [found];
  } catch (error) {
    const absent = error instanceof StatusError && (error.code === 503 || (error.code === 404 && !error.status.details?.name));
    if (absent) throw new UsageError("Metrics API not available: nothing serves metrics.k8s.io here, install metrics-server");
    throw error;
  }
}

/** `250m`: thousandths of a processor, rounded up. */
export const millicores = (cpu: string): number => Number((Quantity.parse(cpu).nanos + 999_999n) / 1_000_000n);

/** `120Mi`: whole mebibytes. */
export const mebibytes = (memory: string): number => Number(Quantity.parse(memory).nanos / (1_000_000_000n * 1_048_576n));

/** Orders by what is used, most first; by name unless asked. */
export function orderBy<T extends { name: string; cpu: number; memory: number }>(rows: readonly T[], sortBy: string | undefined): T[] {
  if (sortBy !== undefined && sortBy !== "cpu" && sortBy !== "memory") throw new UsageError("--sort-by accepts only cpu or memory");
  return rows.toSorted((a, b) => (sortBy ? b[sortBy] - a[sortBy] : a.name < b.name ? -1 : 1));
}
