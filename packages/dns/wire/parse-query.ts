import dnsPacket from "dns-packet";
import type { Query, Rcode } from "./message.ts";

const HEADER_BYTES = 12;
const RESPONSE = 0x80;
const TYPE_AND_CLASS_BYTES = 4;

/** A packet that gets only an error, or nothing at all where `rcode` is absent. */
export interface Refused {
  rcode?: Rcode;
  id: number;
}

/** Reads one query. Never throws: what is malformed is `Refused`. A response is refused in silence, so that two servers never talk in circles. */
export function parseQuery(packet: Uint8Array): Query | Refused {
  if (packet.length < HEADER_BYTES || (packet[2]! & RESPONSE) !== 0) return { id: 0 };
  const id = (packet[0]! << 8) | packet[1]!;
  if (((packet[2]! >> 3) & 0xf) !== 0) return { id, rcode: "NOTIMP" };
  const end = endOfQuestion(packet);
  if (end === undefined) return { id, rcode: "FORMERR" };
  try {
    return read(id, packet, end);
  } catch {
    return { id, rcode: "FORMERR" };
  }
}

export function isRefused(query: Query | Refused): query is Refused {
  return !("question" in query);
}

function read(id: number, packet: Uint8Array, end: number): Query {
  const { questions, additionals, flag_rd } = dnsPacket.decode(packet);
  const [question] = questions;
  if (!question) throw new Error("no question");
  const opt = additionals.find((record) => record.type === "OPT");
  return {
    id,
    recursionDesired: flag_rd,
    question: { name: question.name === "." ? "" : question.name.toLowerCase(), type: question.type, class: question.class },
    questionBytes: packet.subarray(HEADER_BYTES, end),
    ...(opt && { edns: { version: opt.ednsVersion ?? 0, payloadSize: opt.udpPayloadSize ?? 0 } }),
  };
}

/** Where the one question of a query ends; undefined when there is not exactly one, or when its name is not written out. */
function endOfQuestion(packet: Uint8Array): number | undefined {
  if (packet[4] !== 0 || packet[5] !== 1) return undefined;
  let at = HEADER_BYTES;
  while (at < packet.length) {
    const length = packet[at]!;
    if (length > 63) return undefined;
    at += 1 + length;
    if (length === 0) return at + TYPE_AND_CLASS_BYTES <= packet.length ? at + TYPE_AND_CLASS_BYTES : undefined;
  }
  return undefined;
}
