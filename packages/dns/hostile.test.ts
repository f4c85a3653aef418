import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import type { EndpointSlice, Service } from "@wherry/api";
import { FakeClock, silentLogger } from "@wherry/base";
import dnsPacket from "dns-packet";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Forwarder } from "./forward/forwarder.ts";
import { Responder } from "./responder.ts";
import { askTcp, askUdp, query } from "./testing/ask.ts";
import { FedInformer } from "./testing/fed-informer.ts";
import { service } from "./testing/objects.ts";
import { startTestDns, type TestDns } from "./testing/start-test-dns.ts";
import { ClusterZone } from "./zone/cluster-zone.ts";
import { addZoneIndexes } from "./zone/indexes.ts";

const web = service("web", { type: "ClusterIP", clusterIP: "10.96.0.10", ports: [{ name: "http", port: 80 }] });

function responder(): Responder {
  const services = new FedInformer<Service>();
  const slices = new FedInformer<EndpointSlice>();
  addZoneIndexes(services, slices);
  services.sync(web);
  slices.sync();
  const zone = new ClusterZone({ domain: "cluster.local", services: services.lister, slices: slices.lister, isLocal: () => false });
  const forwarder = new Forwarder({ upstreams: [], clock: new FakeClock(), log: silentLogger, signal: new AbortController().signal });
  return new Responder({ zone, forwarder, ready: () => true, log: silentLogger });
}

describe("any bytes", () => {
  const subject = responder();
  const valid = fc.constantFrom(
    "web.default.svc.cluster.local",
    "_http._tcp.web.default.svc.cluster.local",
    "10.0.96.10.in-addr.arpa",
    "x.cluster.local",
    "a",
  );
  const damaged = fc
    .tuple(
      valid,
      fc.constantFrom("A", "SRV", "PTR", "ANY", "SOA"),
      fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
      fc.nat(100),
    )
    .map(([name, type, changes, cut]) => {
      const packet = Buffer.from(query(name, type, 1232));
      for (const [at, byte] of changes) if (at < packet.length) packet[at] = byte;
      return packet.subarray(0, Math.max(0, packet.length - (cut > 60 ? 0 : cut % 8)));
    });

  it("get a readable answer, or none", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uint8Array({ maxLength: 600 }), damaged),
        fc.constantFrom("udp" as const, "tcp" as const),
        async (packet, via) => {
          const answer = await subject.respond(packet, via);
          if (!answer) return;
          expect(dnsPacket.decode(answer).type).toBe("response");
          expect(answer.subarray(0, 2)).toEqual(Buffer.from(packet.subarray(0, 2)));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("a server", () => {
  let server: TestDns;
  beforeAll(async () => {
    server = await startTestDns();
    server.services.sync(web);
    server.slices.sync();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const alive = async () => {
    expect((await askUdp(server.port, "web.default.svc.cluster.local", "A")).answers).toHaveLength(1);
    expect((await askTcp(server.port, "web.default.svc.cluster.local", "A")).answers).toHaveLength(1);
  };

  it("survives nonsense over UDP", async () => {
    const socket = createSocket("udp4");
    for (let i = 0; i < 100; i++) socket.send(Buffer.alloc(i * 7, i), server.port, "127.0.0.1");
    await alive();
    socket.close();
  });

  it("closes a TCP connection that speaks nonsense, and serves the others", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(Buffer.from([0, 3, 1, 2, 3]));
    await once(socket, "close");
    await alive();
  });

  it("survives a connection that is torn down in the middle of a query", async () => {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(Buffer.from([0, 200, 1]));
    socket.resetAndDestroy();
    await once(socket, "close");
    await alive();
  });

  it("cuts off a connection that says nothing", async () => {
    const clock = new FakeClock();
    await using patient = await startTestDns([], clock);
    const socket = connect(patient.port, "127.0.0.1");
    await once(socket, "connect");
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = once(socket, "close");
    await clock.advance(10_000);
    await closed;
  });

  it("says which address it could not have", async () => {
    await expect(startTestDns([], undefined, server.port)).rejects.toThrow(/^cannot serve DNS on 127.0.0.1 port \d+: listen EADDRINUSE/);
    await alive();
  });

  it("frees its port when it is closed", async () => {
    const first = await startTestDns();
    first.dns.close();
    await using again = await startTestDns([], undefined, first.port);
    expect(again.port).toBe(first.port);
  });
});
