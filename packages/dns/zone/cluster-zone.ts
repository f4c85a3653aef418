import type { EndpointSlice, Service } from "@wherry/api";
import type { Lister } from "@wherry/client";
import type { Answer, Question, ResourceRecord } from "../wire/message.ts";
import { negative, noData, TTL } from "./negative.ts";
import { podAddress } from "./pod-name.ts";
import { addressOfReverseName, reverseRecords } from "./reverse.ts";
import { ServiceNames } from "./service-names.ts";

export interface ZoneOptions {
  /** `cluster.local`. */
  domain: string;
  services: Lister<Service>;
  slices: Lister<EndpointSlice>;
  /** Whether a reverse lookup of this address must not leave the cluster, even when nothing is known of it. */
  isLocal(address: string): boolean;
}

/** What the zone says; `alias` is the name that the answer goes on to, for the caller to follow. */
export type ZoneAnswer = Answer & { alias?: string };

/**
 * The names of the cluster, answered from memory. Source: the Kubernetes DNS-Based Service Discovery specification, version 1.1.0, and the
 * choices of CoreDNS where it leaves room. The listers need the indexes of `zoneIndexes`.
 */
export class ClusterZone {
  readonly #options: ZoneOptions;
  readonly #suffix: string;
  readonly #names: ServiceNames;

  constructor(options: ZoneOptions) {
    this.#options = options;
    this.#suffix = `.${options.domain}`;
    this.#names = new ServiceNames(options);
  }

  /** Whether this name is the cluster's, so that nobody else is asked about it. */
  owns(name: string): boolean {
    return name === this.#options.domain || name.endsWith(this.#suffix);
  }

  /** Undefined when the name is someone else's. */
  answer(question: Question): ZoneAnswer | undefined {
    const { name } = question;
    if (!this.owns(name)) return this.#reverse(question);
    if (name === this.#options.domain) return this.#apex(question);
    const labels = name.slice(0, -this.#suffix.length).split(".").reverse();
    return this.#resolve(question, labels) ?? negative("NXDOMAIN", this.#options.domain);
  }

  /** @param labels from the right: `svc`, the namespace, the service ... */
  #resolve(question: Question, labels: readonly string[]): ZoneAnswer | undefined {
    const [tree, namespace, ...rest] = labels;
    const { domain } = this.#options;
    if (tree === "dns-version" && labels.length === 1) return this.#only(question, [txt(question.name, "1.1.0")]);
    if (tree === "svc") {
      if (namespace === undefined) return noData(domain);
      return this.#names.answer(question, namespace, rest);
    }
    if (tree !== "pod") return undefined;
    if (namespace === undefined) return noData(domain);
    const address = rest.length === 1 ? podAddress(rest[0]!) : undefined;
    return address && this.#only(question, [{ ...address, name: question.name, ttl: TTL }]);
  }

  #apex(question: Question): ZoneAnswer {
    const { domain } = this.#options;
    if (question.type !== "SOA") return noData(domain);
    return { rcode: "NOERROR", authoritative: true, answers: negative("NOERROR", domain).authorities ?? [] };
  }

  #reverse(question: Question): ZoneAnswer | undefined {
    const address = addressOfReverseName(question.name);
    if (address === undefined) return undefined;
    const { domain, isLocal } = this.#options;
    const records = reverseRecords(address, question.name, this.#options);
    if (records.length > 0) return this.#only(question, records);
    return isLocal(address) ? negative("NXDOMAIN", domain) : undefined;
  }

  /** The records of the type that was asked for, or that there are none of it. */
  #only(question: Question, records: readonly ResourceRecord[]): ZoneAnswer {
    const answers = records.filter((r) => r.type === question.type || question.type === "ANY");
    return answers.length > 0 ? { rcode: "NOERROR", authoritative: true, answers } : noData(this.#options.domain);
  }
}

const txt = (name: string, data: string): ResourceRecord => ({ name, ttl: TTL, type: "TXT", data });
