import { isIPv6 } from "node:net";
import type { EndpointSlice, Service } from "@wherry/api";
import type { Lister } from "@wherry/client";
import type { Question, ResourceRecord } from "../wire/message.ts";
import type { ZoneAnswer } from "./cluster-zone.ts";
import { type EndpointAddress, endpointsOf } from "./endpoints.ts";
import { clusterIPs, SLICES_BY_SERVICE } from "./indexes.ts";
import { noData, TTL } from "./negative.ts";

/** A port that SRV records speak of. */
interface NamedPort {
  name: string;
  protocol: string;
  port: number;
}

/** A host that stands behind a name, with its ports. */
interface Host {
  name: string;
  type: "A" | "AAAA";
  address: string;
  ports: readonly NamedPort[];
}

interface Names {
  domain: string;
  services: Lister<Service>;
  slices: Lister<EndpointSlice>;
}

/** Answers below `svc.<domain>`. */
export class ServiceNames {
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  /** @param rest from the right: the Service, then a host of it, or `_tcp` and `_http`. Undefined: there is no such name. */
  answer(question: Question, namespace: string, rest: readonly string[]): ZoneAnswer | undefined {
    const [name, first, second, ...more] = rest;
    if (name === undefined) return this.#hasServices(namespace) ? noData(this.#names.domain) : undefined;
    const service = this.#names.services.get(name, namespace);
    if (!service || more.length > 0) return undefined;
    if (service.spec.type === "ExternalName") return first === undefined ? this.#external(question, service) : undefined;
    const own = `${name}.${namespace}.svc.${this.#names.domain}`;
    const hosts = this.#hosts(service, own);
    if (first === undefined) return this.#records(question, hosts, own, () => true, hosts.length > 0 || !isHeadless(service));
    if (second === undefined) return first.startsWith("_") ? this.#protocol(hosts, first) : this.#host(question, hosts, `${first}.${own}`);
    const wanted = (port: NamedPort) => `_${port.protocol}` === first && port.name !== "" && `_${port.name}` === second;
    return hosts.some((host) => host.ports.some(wanted)) ? this.#records(question, hosts, own, wanted, true) : undefined;
  }

  #hasServices(namespace: string): boolean {
    return this.#names.services.list(namespace).length > 0;
  }

  #external(question: Question, service: Service): ZoneAnswer | undefined {
    const target = service.spec.externalName?.replace(/\.$/, "").toLowerCase();
    if (!target) return undefined;
    const cname: ResourceRecord = { name: question.name, ttl: TTL, type: "CNAME", data: target };
    const follow = question.type !== "CNAME" && question.type !== "ANY";
    return { rcode: "NOERROR", authoritative: true, answers: [cname], ...(follow && { alias: target }) };
  }

  /** What a Service's name stands for: itself with its cluster IPs, or each endpoint when it is headless. */
  #hosts(service: Service, own: string): Host[] {
    if (isHeadless(service)) {
      const key = `${service.metadata.namespace}/${service.metadata.name}`;
      return endpointsOf(this.#names.slices.byIndex(SLICES_BY_SERVICE, key)).map((endpoint) => endpointHost(endpoint, own));
    }
    const ports = (service.spec.ports ?? []).map((p) => namedPort(p.name, p.protocol, p.port));
    return clusterIPs(service).map((address) => ({ name: own, type: isIPv6(address) ? "AAAA" : "A", address, ports }));
  }

  #records(
    question: Question,
    hosts: readonly Host[],
    own: string,
    wanted: (port: NamedPort) => boolean,
    exists: boolean,
  ): ZoneAnswer | undefined {
    if (!exists) return undefined;
    if (question.type === "SRV") return this.#srv(question, hosts, wanted);
    const isPort = question.name !== own;
    const found = isPort ? [] : hosts.filter((host) => host.type === question.type || question.type === "ANY");
    return this.#addresses(question.name, found);
  }

  #host(question: Question, hosts: readonly Host[], name: string): ZoneAnswer | undefined {
    const named = hosts.filter((host) => host.name === name);
    if (named.length === 0) return undefined;
    return this.#addresses(
      question.name,
      named.filter((host) => host.type === question.type || question.type === "ANY"),
    );
  }

  /** `_tcp.<service>`: no record, but names below it. */
  #protocol(hosts: readonly Host[], label: string): ZoneAnswer | undefined {
    const below = hosts.some((host) => host.ports.some((port) => port.name !== "" && `_${port.protocol}` === label));
    return below ? noData(this.#names.domain) : undefined;
  }

  #addresses(name: string, hosts: readonly Host[]): ZoneAnswer {
    if (hosts.length === 0) return noData(this.#names.domain);
    const answers = [...new Map(hosts.map((host) => [host.address, addressRecord(name, host)])).values()];
    return { rcode: "NOERROR", authoritative: true, answers };
  }

  #srv(question: Question, hosts: readonly Host[], wanted: (port: NamedPort) => boolean): ZoneAnswer {
    const targets = new Map<string, { target: string; port: number }>();
    for (const host of hosts)
      for (const { port } of host.ports.filter(wanted)) targets.set(`${host.name} ${port}`, { target: host.name, port });
    if (targets.size === 0) return noData(this.#names.domain);
    const weight = Math.max(1, Math.floor(100 / targets.size));
    const answers = [...targets.values()].map(
      ({ target, port }): ResourceRecord => ({ name: question.name, ttl: TTL, type: "SRV", data: { priority: 0, weight, port, target } }),
    );
    const additionals = hosts.filter((host) => host.ports.some(wanted)).map((host) => addressRecord(host.name, host));
    return { rcode: "NOERROR", authoritative: true, answers, additionals };
  }
}

function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === "None";
}

function endpointHost({ host, type, address, slice }: EndpointAddress, own: string): Host {
  const ports = (slice.ports ?? []).flatMap((p) => (p.port === undefined ? [] : [namedPort(p.name, p.protocol, p.port)]));
  return { name: `${host}.${own}`, type, address, ports };
}

function namedPort(name: string | undefined, protocol: string | undefined, port: number): NamedPort {
  return { name: name ?? "", protocol: (protocol ?? "TCP").toLowerCase(), port };
}

function addressRecord(name: string, { type, address }: Host): ResourceRecord {
  return { name, ttl: TTL, type, data: address };
}
