import { connect, type Socket } from "node:net";
import { NetworkError } from "./driver.ts";

const ADDRESSES = { IPv4: "127.0.0.1", IPv6: "::1" } as const;
/** What Go's messages call these errors. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENETUNREACH: "network is unreachable",
  EHOSTUNREACH: "no route to host",
  ETIMEDOUT: "connection timed out",
  EADDRNOTAVAIL: "cannot assign requested address",
  EAFNOSUPPORT: "address family not supported by protocol",
};

/**
 * Connects to a port of this process's own network namespace, at 127.0.0.1 and then at ::1. With `unread`, the socket has read nothing and can be given to another process. Rejects with
 * NetworkError in the words of containerd's `PortForward`.
 */
export async function dialLocalhost(port: number, { unread = false } = {}): Promise<Socket> {
  const first = await attempt(ADDRESSES.IPv4, port, unread);
  if (!("failed" in first)) return first;
  const second = await attempt(ADDRESSES.IPv6, port, unread);
  if (!("failed" in second)) return second;
  throw new NetworkError(`failed to connect to localhost:${port}, IPv4: ${first.failed} IPv6 ${second.failed}`);
}

/** What went wrong with a connection, as Go says it. */
export function goWords(error: NodeJS.ErrnoException): string {
  return WORDS[error.code ?? ""] ?? error.message;
}

function attempt(host: string, port: number, unread: boolean): Promise<Socket | { failed: string }> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    if (unread) socket.pause();
    const fail = (error: NodeJS.ErrnoException) => {
      const [family, address] = host.includes(":") ? ["tcp6", `[${host}]`] : ["tcp4", host];
      resolve({ failed: `dial ${family} ${address}:${port}: connect: ${goWords(error)}` });
    };
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
