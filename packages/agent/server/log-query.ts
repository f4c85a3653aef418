import { badRequest } from "@wherry/base";
import { queryFlag } from "@wherry/machinery";
import type { LogOptions } from "@wherry/runtime";

/** What a request for logs asks for. */
export interface LogQuery {
  options: LogOptions;
  previous: boolean;
  limitBytes: number | undefined;
}

/** Reads the query of `/containerLogs`: PodLogOptions as parameters. `now` in milliseconds since the epoch. Throws a StatusError on what is no number or time. */
export function parseLogQuery(query: URLSearchParams, now: number): LogQuery {
  const tailLines = count(query, "tailLines", 0);
  const limitBytes = count(query, "limitBytes", 1);
  const sinceSeconds = count(query, "sinceSeconds", 1);
  const since = sinceSeconds === undefined ? time(query, "sinceTime") : now - sinceSeconds * 1000;
  return {
    options: {
      follow: queryFlag(query, "follow"),
      timestamps: queryFlag(query, "timestamps"),
      ...(tailLines !== undefined && { tailLines }),
      ...(since !== undefined && { since }),
    },
    previous: queryFlag(query, "previous"),
    limitBytes,
  };
}

function count(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw badRequest(`${name} must be an integer of at least ${least}: ${JSON.stringify(text)}`);
}

function time(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const value = Date.parse(text);
  if (!Number.isNaN(value)) return value;
  throw badRequest(`${name} must be a time as RFC 3339 writes it: ${JSON.stringify(text)}`);
}
