import type { Service } from "@wherry/api";
import { needsClusterIP, needsHealthCheckNodePort, needsNodePort } from "@wherry/api/kinds/core/service/type.ts";
import { internalError } from "@wherry/base";
import { type FieldError, invalid, type KindDefinition } from "@wherry/machinery";
import { type Cidr, formatCidr, formatIPv4, parseCidr, parseIPv4 } from "@wherry/network";
import { invalidObject } from "../errors.ts";
import type { Reservation, Write, WriteStage } from "../rest/write-stage.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";
import { Pool } from "./pool.ts";

export interface ServiceAddressOptions {
  serviceCIDR: string;
  nodePorts: { from: number; to: number };
  /** The services there are: what they have is taken. */
  cache: ResourceCache;
  kind: KindDefinition;
}

/** A refusal that becomes an Invalid status. */
class Refused extends Error {
  readonly finding: FieldError;
  constructor(finding: FieldError) {
    super(finding.message);
    this.finding = finding;
  }
}

/**
 * Hands out cluster IPs and node ports. What is taken is known from the cache of services, and from reservations of writes under way; so
 * nothing is stored twice, and nothing leaks when a write fails. Source: upstream's `ipallocator`, `portallocator` and service REST storage.
 */
export class ServiceAddresses implements WriteStage {
  readonly #range: Cidr;
  readonly #ports: ServiceAddressOptions["nodePorts"];
  readonly #kind: KindDefinition;
  readonly #ipPool: Pool;
  readonly #portPool: Pool;

  constructor({ serviceCIDR, nodePorts, cache, kind }: ServiceAddressOptions) {
    this.#range = parseCidr(serviceCIDR);
    this.#ports = nodePorts;
    this.#kind = kind;
    this.#ipPool = new Pool(addressRange(this.#range));
    this.#portPool = new Pool(portRange(nodePorts));
    for (const item of cache.items()) this.#claim(item.object() as Service);
    cache.onChange(({ item, previous }) => {
      const next = item?.object() as Service | undefined;
      if (previous) this.#release(previous.object() as Service, next);
      if (next) this.#claim(next);
    });
  }

  reserve(write: Write, object: object, _previous?: object): Reservation | undefined {
    if (write.kind !== this.#kind || write.operation === "delete" || write.subresource !== undefined) return undefined;
    const taken: (() => void)[] = [];
    const rollback = () => {
      for (const release of taken) release();
    };
    try {
      this.#fill(object as Service, taken);
    } catch (error) {
      rollback();
      if (error instanceof Refused) throw invalidObject(this.#kind, write.name, [error.finding]);
      throw error;
    }
    // What an update gives up is freed when the cache hears of the write.
    return { rollback, commit: () => {} };
  }

  #fill(service: Service, taken: (() => void)[]): void {
    const owner = service.metadata.uid;
    const { spec } = service;
    if (needsClusterIP(service) && spec.clusterIP !== "None") {
      spec.clusterIP = this.#ip(spec.clusterIP, owner, taken);
      spec.clusterIPs = [spec.clusterIP];
    }
    if (needsNodePort(service)) {
      for (const [i, port] of (spec.ports ?? []).entries()) {
        if (!port.nodePort && spec.allocateLoadBalancerNodePorts === false) continue;
        port.nodePort = this.#port(port.nodePort, owner, `spec.ports[${i}].nodePort`, taken);
      }
    }
    if (needsHealthCheckNodePort(service))
      spec.healthCheckNodePort = this.#port(spec.healthCheckNodePort, owner, "spec.healthCheckNodePort", taken);
  }

  #ip(wanted: string | undefined, owner: string, taken: (() => void)[]): string {
    if (!wanted) {
      const free = this.#ipPool.takeAny(owner);
      if (free === undefined) throw internalError("failed to allocate a serviceIP: range is full");
      taken.push(() => this.#ipPool.release(free, owner));
      return formatIPv4(free);
    }
    const value = parseIPv4(wanted);
    const range = formatCidr(this.#range);
    if (value === undefined || !this.#ipPool.contains(value))
      throw refusedIP(wanted, `the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${range}`);
    if (this.#ipPool.ownerOf(value) === owner) return wanted;
    if (!this.#ipPool.take(value, owner)) throw refusedIP(wanted, "provided IP is already allocated");
    taken.push(() => this.#ipPool.release(value, owner));
    return wanted;
  }

  #port(wanted: number | undefined, owner: string, field: string, taken: (() => void)[]): number {
    if (!wanted) {
      const free = this.#portPool.takeAny(owner);
      if (free === undefined) throw internalError("failed to allocate a nodePort: range is full");
      taken.push(() => this.#portPool.release(free, owner));
      return free;
    }
    const { from, to } = this.#ports;
    if (!this.#portPool.contains(wanted))
      throw new Refused(invalid(field, wanted, `provided port is not in the valid range. The range of valid ports is ${from}-${to}`));
    // One service may use one number for TCP and for UDP.
    if (this.#portPool.ownerOf(wanted) === owner) return wanted;
    if (!this.#portPool.take(wanted, owner)) throw new Refused(invalid(field, wanted, "provided port is already allocated"));
    taken.push(() => this.#portPool.release(wanted, owner));
    return wanted;
  }

  #claim(service: Service): void {
    const { uid } = service.metadata;
    for (const ip of ipsOf(service)) this.#ipPool.take(ip, uid);
    for (const port of portsOf(service)) this.#portPool.take(port, uid);
  }

  #release(previous: Service, next: Service | undefined): void {
    const same = next?.metadata.uid === previous.metadata.uid ? next : undefined;
    const keptIPs = new Set(same ? ipsOf(same) : []);
    const keptPorts = new Set(same ? portsOf(same) : []);
    const { uid } = previous.metadata;
    for (const ip of ipsOf(previous)) if (!keptIPs.has(ip)) this.#ipPool.release(ip, uid);
    for (const port of portsOf(previous)) if (!keptPorts.has(port)) this.#portPool.release(port, uid);
  }
}

/** The first address is the range's name and the last its broadcast; the lower part is left to those who ask for an address by name. */
function addressRange({ base, size }: Cidr) {
  const offset = Math.min(Math.max(16, Math.floor(size / 16)), 256);
  const to = base + Math.max(1, size - 2);
  return { from: base + 1, to, dynamicFrom: size - 2 <= 16 ? base + 1 : base + offset };
}

function portRange({ from, to }: { from: number; to: number }) {
  const size = to - from + 1;
  const band = size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
  return { from, to, dynamicFrom: from + band };
}

function ipsOf({ spec }: Service): number[] {
  const all = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? ""];
  return all.map(parseIPv4).filter((ip) => ip !== undefined);
}

function portsOf({ spec }: Service): number[] {
  return [...(spec.ports ?? []).map((port) => port.nodePort), spec.healthCheckNodePort].filter(
    (port) => port !== undefined && port > 0,
  ) as number[];
}

function refusedIP(ip: string, why: string): Refused {
  const message = `Invalid value: []string{${JSON.stringify(ip)}}: failed to allocate IP ${ip}: ${why}`;
  return new Refused({ type: "FieldValueInvalid", field: "spec.clusterIPs", message });
}
