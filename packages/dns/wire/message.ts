/** What a query asks. */
export interface Question {
  /** Lower case, no dot at the end; empty for the root. */
  name: string;
  /** `A`, `SRV` ...; `UNKNOWN_n` for what has no name. */
  type: string;
  /** `IN` nearly always. */
  class: string;
}

/** A query as it came in. */
export interface Query {
  id: number;
  recursionDesired: boolean;
  question: Question;
  /** The question as it was written, to be given back byte for byte. */
  questionBytes: Uint8Array;
  /** What EDNS says, where it was used. */
  edns?: { version: number; payloadSize: number };
}

export interface SrvData {
  priority: number;
  weight: number;
  port: number;
  target: string;
}

export interface SoaData {
  mname: string;
  rname: string;
  serial: number;
  refresh: number;
  retry: number;
  expire: number;
  minimum: number;
}

/** One resource record of class IN. TTLs are seconds. */
export type ResourceRecord = { name: string; ttl: number } & (
  | { type: "A" | "AAAA" | "CNAME" | "PTR" | "TXT"; data: string }
  | { type: "SRV"; data: SrvData }
  | { type: "SOA"; data: SoaData }
);

/** Source: RFC 1035, 4.1.1, and RFC 6891 for BADVERS. */
export const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
export type Rcode = keyof typeof rcodes;

/** What is answered to a query. */
export interface Answer {
  rcode: Rcode;
  /** The records are this server's own. */
  authoritative?: boolean;
  answers?: readonly ResourceRecord[];
  authorities?: readonly ResourceRecord[];
  /** Left out where there is no room. */
  additionals?: readonly ResourceRecord[];
}
