import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { FakeClock } from "@wherry/base";
import { describe, expect, it } from "vitest";
import { askTcp, askUdp } from "../testing/ask.ts";
import { service } from "../testing/objects.ts";
import { startTestDns } from "../testing/start-test-dns.ts";
import { startUpstream } from "../testing/upstream.ts";

const address = (name: string, data: string) => ({ name, type: "A", ttl: 60, data });

/** A port where nobody answers: packets come in and are counted. */
async function silent() {
  const socket = createSocket("udp4");
  const waiters: (() => void)[] = [];
  let count = 0;
  socket.on("message", () => {
    count++;
    for (const wake of waiters.splice(0)) wake();
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    packets: async (wanted: number) => {
      while (count < wanted) await new Promise<void>((resolve) => waiters.push(resolve));
    },
    [Symbol.asyncDispose]: async () => void socket.close(),
  };
}

describe("names of others", () => {
  it("are asked of the upstream, over the transport they came by", async () => {
    await using upstream = await startUpstream(({ name }) => [address(name, "93.184.216.34")]);
    await using server = await startTestDns([upstream.address]);
    expect(await askUdp(server.port, "Example.com", "A")).toMatchObject({
      id: 4711,
      answers: [{ name: "Example.com", ttl: 60, data: "93.184.216.34" }],
    });
    expect((await askTcp(server.port, "example.org", "A")).answers).toHaveLength(1);
    expect(upstream.asked).toEqual(["udp A Example.com", "tcp A example.org"]);
  });

  it("keep the upstream's word that the answer was cut", async () => {
    await using upstream = await startUpstream(({ name }, via) => (via === "udp" ? "truncated" : [address(name, "1.2.3.4")]));
    await using server = await startTestDns([upstream.address]);
    expect((await askUdp(server.port, "big.example.com", "A")).flag_tc).toBe(true);
    expect((await askTcp(server.port, "big.example.com", "A")).answers).toHaveLength(1);
  });

  it("never include the cluster's", async () => {
    await using upstream = await startUpstream(({ name }) => [address(name, "6.6.6.6")]);
    await using server = await startTestDns([upstream.address]);
    server.services.sync();
    server.slices.sync();
    expect((await askUdp(server.port, "example.com.default.svc.cluster.local", "A")).rcode).toBe("NXDOMAIN");
    expect((await askUdp(server.port, "1.0.96.10.in-addr.arpa", "PTR")).rcode).toBe("NXDOMAIN");
    expect(upstream.asked).toEqual([]);
  });

  it("complete an ExternalName", async () => {
    await using upstream = await startUpstream(({ name }) => [
      { name, type: "CNAME", ttl: 30, data: "real.example.com" },
      address("real.example.com", "1.2.3.4"),
    ]);
    await using server = await startTestDns([upstream.address]);
    server.services.sync(service("away", { type: "ExternalName", externalName: "Example.com." }));
    server.slices.sync();
    expect((await askUdp(server.port, "away.default.svc.cluster.local", "A")).answers).toMatchObject([
      { type: "CNAME", name: "away.default.svc.cluster.local", data: "example.com" },
      { type: "CNAME", name: "example.com", data: "real.example.com" },
      { type: "A", name: "real.example.com", data: "1.2.3.4" },
    ]);
  });
});

describe("an ExternalName", () => {
  const away = service("away", { type: "ExternalName", externalName: "example.com" });

  it("is completed over TCP where the answer was cut, and fails where there is none", async () => {
    const clock = new FakeClock();
    await using upstream = await startUpstream(({ name, type }, via) => {
      if (type === "AAAA") return undefined;
      return via === "udp" ? "truncated" : [address(name, "1.2.3.4")];
    });
    await using server = await startTestDns([upstream.address], clock);
    server.services.sync(away);
    server.slices.sync();
    expect((await askUdp(server.port, "away.default.svc.cluster.local", "A")).answers).toHaveLength(2);
    const silence = askUdp(server.port, "away.default.svc.cluster.local", "AAAA");
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(4_000);
    expect((await silence).rcode).toBe("SERVFAIL");
  });
});

describe("upstreams that fail", () => {
  it("are passed over: a closed port at once, silence after a while", async () => {
    const closed = await silent();
    await closed[Symbol.asyncDispose]();
    await using upstream = await startUpstream(({ name }) => [address(name, "1.2.3.4")]);
    await using server = await startTestDns([closed.address, upstream.address]);
    expect((await askUdp(server.port, "example.com", "A")).answers).toHaveLength(1);
  });

  it("are asked last for a while", async () => {
    const clock = new FakeClock();
    await using mute = await silent();
    await using upstream = await startUpstream(({ name }) => [address(name, "1.2.3.4")]);
    await using server = await startTestDns([mute.address, upstream.address], clock);
    const first = askUdp(server.port, "a.example.com", "A");
    await mute.packets(1);
    await clock.advance(1_000);
    expect((await first).answers).toHaveLength(1);
    expect((await askUdp(server.port, "b.example.com", "A")).answers).toHaveLength(1);
  });

  it("give SERVFAIL when none answers in time", async () => {
    const clock = new FakeClock();
    await using mute = await silent();
    await using server = await startTestDns([mute.address], clock);
    const answer = askUdp(server.port, "example.com", "A");
    await mute.packets(1);
    await clock.advance(2_000);
    await mute.packets(2);
    await clock.advance(2_000);
    expect(await answer).toMatchObject({ rcode: "SERVFAIL", questions: [{ name: "example.com" }] });
  });

  it("are not believed when they answer another question", async () => {
    const clock = new FakeClock();
    const liar = createSocket("udp4");
    const lied = Promise.withResolvers<void>();
    liar.on("message", (packet, from) => {
      const forged = Buffer.from(packet);
      forged[0] = packet[0]! ^ 0xff;
      forged[2] = packet[2]! | 0x80;
      liar.send(forged, from.port, from.address, () => lied.resolve());
    });
    liar.bind(0, "127.0.0.1");
    await once(liar, "listening");
    await using server = await startTestDns([`127.0.0.1:${(liar.address() as AddressInfo).port}`], clock);
    const answer = askUdp(server.port, "example.com", "A");
    await lied.promise;
    await clock.advance(4_000);
    expect((await answer).rcode).toBe("SERVFAIL");
    liar.close();
  });
});

describe("itself as an upstream", () => {
  it("is left out", async () => {
    const port = await freePort();
    await using server = await startTestDns([`127.0.0.1:${port}`], undefined, port);
    expect(await askUdp(server.port, "example.com", "A")).toMatchObject({ rcode: "REFUSED" });
  });

  it("asked through another server is no endless loop", async () => {
    const clock = new FakeClock();
    let port = 0;
    const relayed: number[] = [];
    const relay = createSocket("udp4");
    relay.on("message", (packet) => {
      const isResponse = (packet[2]! & 0x80) !== 0;
      if (isResponse) return;
      relayed.push(packet.length);
      relay.send(packet, port, "127.0.0.1");
      if (relayed.length === 2) twice.resolve();
    });
    const twice = Promise.withResolvers<void>();
    relay.bind(0, "127.0.0.1");
    await once(relay, "listening");
    await using server = await startTestDns([`127.0.0.1:${(relay.address() as AddressInfo).port}`], clock);
    port = server.port;
    const answer = askUdp(server.port, "example.com", "A");
    await once(relay, "message");
    await clock.advance(2_000);
    await twice.promise;
    // This answer comes after what the relay sent has arrived.
    await askUdp(server.port, "x.cluster.local", "A");
    await clock.advance(2_000);
    expect((await answer).rcode).toBe("SERVFAIL");
    expect(relayed).toHaveLength(2);
    relay.close();
  });
});

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as AddressInfo;
  socket.close();
  return port;
}
