import { isIP, isIPv6 } from "node:net";

/** A server that knows the rest of the world. */
export interface Upstream {
  host: string;
  port: number;
}

const DNS_PORT = 53;
const ANY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** Reads `1.1.1.1`, `10.0.0.1:5353`, `[fd00::1]:53` or `fd00::1`. Throws an Error that says what is wrong. */
export function parseUpstream(text: string): Upstream {
  if (isIP(text)) return { host: text, port: DNS_PORT };
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3]);
  if (!isIP(host.replace(/%.*$/, "")) || !(port >= 1 && port <= 65535))
    throw new Error(
      `upstream ${JSON.stringify(text)} is no DNS server: give an IP address, with a port if it is not ${DNS_PORT}: 10.0.0.1:5353`,
    );
  return { host, port };
}

/** `10.0.0.1:53`, `[fd00::1]:53`. */
export function printUpstream({ host, port }: Upstream): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether asking this upstream would be asking ourselves. @param own where this server listens */
export function isSelf(upstream: Upstream, own: readonly Upstream[], localAddresses: readonly string[]): boolean {
  return own.some((listener) => {
    if (listener.port !== upstream.port) return false;
    return listener.host === upstream.host || (ANY_ADDRESS.has(listener.host) && localAddresses.includes(upstream.host));
  });
}

/** The name servers of a resolv.conf. What is no address is left out. Source: resolv.conf(5). */
export function nameserversOf(resolvConf: string): string[] {
  const servers = resolvConf.split("\n").flatMap((line) => {
    const [keyword, server] = line.trim().split(/\s+/);
    return keyword === "nameserver" && server && isIP(server.replace(/%.*$/, "")) ? [server] : [];
  });
  return [...new Set(servers)];
}
