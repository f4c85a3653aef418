import { type Answer, type Query, rcodes } from "./message.ts";
import { PacketWriter } from "./packet-writer.ts";
import type { Refused } from "./parse-query.ts";

const HEADER_BYTES = 12;
const OPT_BYTES = 11;
/** What fits a packet on any network without being cut to pieces. Source: DNS flag day 2020. */
export const UDP_PAYLOAD = 1232;
const PLAIN_UDP_PAYLOAD = 512;
const FLAG = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, recursionDesired: 0x0100, recursionAvailable: 0x0080 };

/** How many bytes an answer to this query may have over UDP. */
export function udpLimit(query: Query): number {
  if (!query.edns) return PLAIN_UDP_PAYLOAD;
  return Math.min(Math.max(query.edns.payloadSize, PLAIN_UDP_PAYLOAD), UDP_PAYLOAD);
}

/** The packet that answers `query`, in at most `limit` bytes; what had to be left out of the answer is said by the TC flag. */
export function writeAnswer(query: Query, answer: Answer, limit: number): Buffer {
  const writer = new PacketWriter(limit);
  const reserve = query.edns ? OPT_BYTES : 0;
  writer.bytes(Buffer.alloc(HEADER_BYTES));
  writer.bytes(query.questionBytes);
  writer.remember(query.question.name, HEADER_BYTES);
  const { answers = [], authorities = [], additionals = [] } = answer;
  const fit = [answers, authorities, additionals].map((records) => count(records, (r) => writer.record(r, reserve)));
  const truncated = fit[0] !== answers.length || fit[1] !== authorities.length;
  if (query.edns) writeOpt(writer, answer);
  const packet = writer.finish();
  const counts = [1, fit[0]!, fit[1]!, fit[2]! + (query.edns ? 1 : 0)];
  writeHeader(packet, query.id, flagsOf(query, answer, truncated), counts);
  return packet;
}

/** The packet that refuses a query without repeating it. */
export function writeRefusal({ id, rcode }: Refused): Buffer | undefined {
  if (!rcode) return undefined;
  const packet = Buffer.alloc(HEADER_BYTES);
  writeHeader(packet, id, FLAG.response | rcodes[rcode], [0, 0, 0, 0]);
  return packet;
}

function count<T>(items: readonly T[], fits: (item: T) => boolean): number {
  const stop = items.findIndex((item) => !fits(item));
  return stop < 0 ? items.length : stop;
}

function flagsOf(query: Query, answer: Answer, truncated: boolean): number {
  return (
    FLAG.response |
    FLAG.recursionAvailable |
    (query.recursionDesired ? FLAG.recursionDesired : 0) |
    (answer.authoritative ? FLAG.authoritative : 0) |
    (truncated ? FLAG.truncated : 0) |
    (rcodes[answer.rcode] & 0xf)
  );
}

function writeHeader(packet: Buffer, id: number, flags: number, counts: readonly number[]): void {
  [id, flags, ...counts].forEach((value, i) => {
    packet.writeUInt16BE(value, i * 2);
  });
}

/** Source: RFC 6891, 6.1.2. */
function writeOpt(writer: PacketWriter, answer: Answer): void {
  writer.bytes(Uint8Array.of(0, 0, 41));
  writer.uint16(UDP_PAYLOAD);
  writer.bytes(Uint8Array.of(rcodes[answer.rcode] >> 4, 0, 0, 0));
  writer.uint16(0);
}
