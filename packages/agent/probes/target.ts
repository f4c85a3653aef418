import type { Container } from "@wherry/api";

/** Where a container's handlers (probes and hooks) reach it. */
export interface HandlerTarget {
  container: Container;
  /** The running container's id. */
  id: string;
  /** The pod's address. */
  ip: string;
}

/** A port by number or by its name in the container. Throws when there is no such port. */
export function resolvePort(port: number | string, container: Container): number {
  if (typeof port === "number") return checked(port, String(port));
  const named = container.ports?.find((p) => p.name === port);
  return checked(named ? named.containerPort : Number.parseInt(port, 10), port);
}

function checked(port: number, written: string): number {
  if (port > 0 && port < 65_536) return port;
  throw new Error(`couldn't find port: ${written}`);
}

/** Go's words for why a connection could not be made. */
export function dialError(error: NodeJS.ErrnoException, address: string): string {
  const what: Record<string, string> = {
    ECONNREFUSED: "connect: connection refused",
    EHOSTUNREACH: "connect: no route to host",
    ENETUNREACH: "connect: network is unreachable",
    ETIMEDOUT: "i/o timeout",
    ENOTFOUND: "no such host",
  };
  const known = error.code ? what[error.code] : undefined;
  return known
    ? `dial tcp ${address}: ${known}`
    : error.code === "ECONNRESET"
      ? `read tcp ${address}: read: connection reset by peer`
      : error.message;
}
