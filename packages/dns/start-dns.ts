import { networkInterfaces } from "node:os";
import { EndpointSlice, Service } from "@wherry/api";
import { type Clock, type Logger, systemClock } from "@wherry/base";
import { type Client, type Informer, InformerFactory } from "@wherry/client";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import { Forwarder } from "./forward/forwarder.ts";
import { isSelf, parseUpstream, printUpstream, type Upstream } from "./forward/upstreams.ts";
import { listen } from "./listen/listeners.ts";
import { Responder } from "./responder.ts";
import { ClusterZone } from "./zone/cluster-zone.ts";
import { addZoneIndexes } from "./zone/indexes.ts";
import { localRanges } from "./zone/local-ranges.ts";

/** Where informers come from: an `InformerFactory`, or whoever shares theirs. */
export interface Informers {
  informer<O extends ApiObject>(kind: KindDefinition<O>): Informer<O>;
}

export interface DnsOptions {
  /** Used when no `informers` are given. */
  client?: Client;
  informers?: Informers;
  /** IP addresses to listen on. */
  addresses: readonly string[];
  /** 0 for any free one. */
  port: number;
  /** `cluster.local`. */
  clusterDomain: string;
  /** Servers for all other names: `10.0.0.1`, `10.0.0.1:5353`, `[fd00::1]:53`. This server itself is left out. */
  upstreams: readonly string[];
  /** Ranges of Services and pods: reverse lookups in them never go to an upstream. */
  clusterCIDRs?: readonly string[];
  clock?: Clock;
  log: Logger;
  /** Ends it. */
  signal: AbortSignal;
}

export interface Dns {
  readonly port: number;
  /** Resolves when all Services are known; before, the cluster's names get SERVFAIL. */
  whenSynced(): Promise<void>;
  close(): void;
}

/** Serves the names of the cluster over UDP and TCP. Resolves when it listens; rejects when it can't. */
export async function startDns(options: DnsOptions): Promise<Dns> {
  const { clock = systemClock, log } = options;
  const own = new AbortController();
  const signal = AbortSignal.any([options.signal, own.signal]);
  const { services, slices } = informersOf(options, clock, signal);
  addZoneIndexes(services, slices);
  const zone = new ClusterZone({
    domain: options.clusterDomain.replace(/\.$/, "").toLowerCase(),
    services: services.lister,
    slices: slices.lister,
    isLocal: localRanges(options.clusterCIDRs ?? []),
  });
  const given = options.upstreams.map(parseUpstream);
  const upstreams: Upstream[] = [];
  const forwarder = new Forwarder({ upstreams, clock, log, signal });
  const responder = new Responder({ zone, forwarder, ready: () => services.synced && slices.synced, log });
  const listeners = await listen({ addresses: options.addresses, port: options.port, responder, clock, log });
  upstreams.push(...others(given, options, listeners.port));
  signal.addEventListener("abort", () => listeners.close(), { once: true });
  if (signal.aborted) listeners.close();
  return {
    port: listeners.port,
    whenSynced: async () => void (await Promise.all([services.whenSynced(), slices.whenSynced()])),
    close: () => own.abort(),
  };
}

function informersOf({ client, informers, log }: DnsOptions, clock: Clock, signal: AbortSignal) {
  if (!informers && !client) throw new Error("DNS needs a client or informers to know the Services from");
  const factory = informers ?? new InformerFactory({ client: client!, clock, log, signal });
  return { services: factory.informer(Service), slices: factory.informer(EndpointSlice) };
}

/** The upstreams that are not this server: it would ask itself for ever. */
function others(given: readonly Upstream[], { addresses, log }: DnsOptions, port: number): Upstream[] {
  const own = addresses.map((host) => ({ host, port }));
  const local = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((i) => i.address));
  return given.filter((upstream) => {
    const self = isSelf(upstream, own, local);
    if (self) log.warn("an upstream DNS server is this server itself: it is left out", { upstream: printUpstream(upstream) });
    return !self;
  });
}
