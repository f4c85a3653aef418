import { type EndpointSlice, Service } from "@wherry/api";
import { type Clock, silentLogger } from "@wherry/base";
import type { Informer } from "@wherry/client";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import { type Dns, startDns } from "../start-dns.ts";
import { FedInformer } from "./fed-informer.ts";

/** A real server on a free port of this machine, over informers that the test feeds. */
export interface TestDns extends AsyncDisposable {
  dns: Dns;
  port: number;
  services: FedInformer<Service>;
  slices: FedInformer<EndpointSlice>;
}

export async function startTestDns(upstreams: readonly string[] = [], clock?: Clock, port = 0): Promise<TestDns> {
  const services = new FedInformer<Service>();
  const slices = new FedInformer<EndpointSlice>();
  const informer = <O extends ApiObject>(kind: KindDefinition<O>) =>
    (kind.kind === Service.kind ? services : slices) as unknown as Informer<O>;
  const dns = await startDns({
    informers: { informer },
    addresses: ["127.0.0.1"],
    port,
    clusterDomain: "cluster.local",
    clusterCIDRs: ["10.96.0.0/12", "10.244.0.0/16"],
    upstreams,
    log: silentLogger,
    signal: new AbortController().signal,
    ...(clock && { clock }),
  });
  return { dns, port: dns.port, services, slices, [Symbol.asyncDispose]: async () => dns.close() };
}
