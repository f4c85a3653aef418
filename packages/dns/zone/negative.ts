import type { Answer } from "../wire/message.ts";

/** Seconds for which answers, and the absence of one, may be remembered. The same as CoreDNS: Services come and go. */
export const TTL = 5;

/** "No such name", or "no such record", with the SOA that says how long to believe it. */
export function negative(rcode: "NXDOMAIN" | "NOERROR", domain: string): Answer {
  const data = {
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: TTL,
  };
  return { rcode, authoritative: true, authorities: [{ name: domain, ttl: TTL, type: "SOA", data }] };
}

/** The name is there, but not with such a record. */
export function noData(domain: string): Answer {
  return negative("NOERROR", domain);
}
