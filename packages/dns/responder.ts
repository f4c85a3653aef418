import type { Logger } from "@wherry/base";
import { resolveAlias } from "./alias.ts";
import type { Forwarder } from "./forward/forwarder.ts";
import type { Answer, Query } from "./wire/message.ts";
import { isRefused, parseQuery } from "./wire/parse-query.ts";
import { udpLimit, writeAnswer, writeRefusal } from "./wire/write-answer.ts";
import type { ClusterZone, ZoneAnswer } from "./zone/cluster-zone.ts";

const TCP_LIMIT = 0xffff;
/** An alias of an alias of an alias ... ends here. */
const MAX_ALIASES = 8;

export type Via = "udp" | "tcp";

export interface ResponderOptions {
  zone: ClusterZone;
  forwarder: Forwarder;
  /** Whether the zone knows its names yet: before, the cluster's names get SERVFAIL, which nobody remembers. */
  ready(): boolean;
  log: Logger;
}

/** Gives each packet its answer. */
export class Responder {
  readonly #options: ResponderOptions;
  #turn = 0;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** The packet to send back; undefined for none. Never rejects, whatever the packet is. */
  async respond(packet: Uint8Array, via: Via): Promise<Buffer | undefined> {
    const query = parseQuery(packet);
    if (isRefused(query)) return writeRefusal(query);
    const limit = via === "tcp" ? TCP_LIMIT : udpLimit(query);
    try {
      return await this.#respond(query, packet, via, limit);
    } catch (error) {
      this.#options.log.error("a DNS query could not be answered", { name: query.question.name, type: query.question.type, error });
      return writeAnswer(query, { rcode: "SERVFAIL" }, limit);
    }
  }

  async #respond(query: Query, packet: Uint8Array, via: Via, limit: number): Promise<Buffer> {
    if (query.edns && query.edns.version > 0) return writeAnswer(query, { rcode: "BADVERS" }, limit);
    const { zone, forwarder, ready } = this.#options;
    const { question } = query;
    if (question.class !== "IN" && question.class !== "ANY") return writeAnswer(query, { rcode: "REFUSED" }, limit);
    if (!ready() && zone.owns(question.name)) return writeAnswer(query, { rcode: "SERVFAIL" }, limit);
    const known = zone.answer(question);
    if (known) return writeAnswer(query, this.#inTurn(await this.#follow(known, query, via)), limit);
    if (!forwarder.available) return writeAnswer(query, { rcode: "REFUSED" }, limit);
    return (await forwarder.ask(packet, via)) ?? writeAnswer(query, { rcode: "SERVFAIL" }, limit);
  }

  /** Goes on to what an alias stands for: a client's resolver does not. */
  async #follow(known: ZoneAnswer, query: Query, via: Via): Promise<Answer> {
    const { zone, forwarder } = this.#options;
    const answers = [...(known.answers ?? [])];
    let { alias } = known;
    for (let i = 0; alias !== undefined && i < MAX_ALIASES; i++) {
      const question = { ...query.question, name: alias };
      const next = zone.answer(question);
      if (!next) {
        const { rcode, answers: more } = await resolveAlias(forwarder, alias, query.question.type, via);
        return { ...known, rcode, answers: [...answers, ...more] };
      }
      answers.push(...(next.answers ?? []));
      if (next.alias === undefined) return { ...next, answers };
      alias = next.alias;
    }
    return alias === undefined ? { ...known, answers } : { rcode: "SERVFAIL" };
  }

  /** Gives several addresses in another order each time: most clients take the first. */
  #inTurn(answer: Answer): Answer {
    const { answers = [] } = answer;
    const start = answers.findIndex((r) => r.type !== "CNAME");
    const movable = start < 0 ? [] : answers.slice(start);
    if (movable.length < 2) return answer;
    const turn = this.#turn++ % movable.length;
    return { ...answer, answers: [...answers.slice(0, start), ...movable.slice(turn), ...movable.slice(0, turn)] };
  }
}
