import dnsPacket from "dns-packet";
import type { Forwarder } from "./forward/forwarder.ts";
import type { Rcode, ResourceRecord } from "./wire/message.ts";

/** What an alias stands for. */
export interface Resolved {
  rcode: Rcode;
  answers: readonly ResourceRecord[];
}

/**
 * Asks the upstreams what a name outside of the cluster stands for: addresses and further aliases. SERVFAIL when there was no answer;
 * nothing, and no error, when there is nobody to ask.
 */
export async function resolveAlias(forwarder: Forwarder, name: string, type: string, via: "udp" | "tcp"): Promise<Resolved> {
  if (!forwarder.available) return { rcode: "NOERROR", answers: [] };
  const packet = aliasQuery(name, type);
  if (!packet) return { rcode: "SERVFAIL", answers: [] };
  const answer = readAnswer(await forwarder.ask(packet, via));
  return answer === "truncated" ? wholeOrFailure(readAnswer(await forwarder.ask(packet, "tcp"))) : wholeOrFailure(answer);
}

function wholeOrFailure(answer: Resolved | "truncated" | undefined): Resolved {
  return answer === undefined || answer === "truncated" ? { rcode: "SERVFAIL", answers: [] } : answer;
}

function aliasQuery(name: string, type: string): Buffer | undefined {
  if (name.split(".").some((label) => label.length === 0 || label.length > 63)) return undefined;
  try {
    return dnsPacket.encode({ id: 0, type: "query", flags: dnsPacket.RECURSION_DESIRED, questions: [{ name, type, class: "IN" }] });
  } catch {
    return undefined;
  }
}

function readAnswer(packet: Uint8Array | undefined): Resolved | "truncated" | undefined {
  if (!packet) return undefined;
  try {
    const { answers, flag_tc, rcode } = dnsPacket.decode(packet);
    if (flag_tc) return "truncated";
    const known = rcode === "NOERROR" || rcode === "NXDOMAIN" ? rcode : "SERVFAIL";
    return { rcode: known, answers: answers.flatMap(usable) };
  } catch {
    return undefined;
  }
}

function usable({ name, type, ttl = 0, data }: { name: string; type: string; ttl?: number; data?: unknown }): ResourceRecord[] {
  if ((type !== "A" && type !== "AAAA" && type !== "CNAME") || typeof data !== "string") return [];
  return [{ name, type, ttl, data }];
}
