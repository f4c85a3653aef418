import { Resolver } from "node:dns/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askTcp, askUdp, query, sendTcp } from "./testing/ask.ts";
import { service, slice } from "./testing/objects.ts";
import { startTestDns, type TestDns } from "./testing/start-test-dns.ts";

let server: TestDns;
const ask = (name: string, type: string) => askUdp(server.port, name, type);
const data = async (name: string, type: string) => (await ask(name, type)).answers.map((a) => a.data);

beforeAll(async () => {
  server = await startTestDns();
  const ports = [
    { name: "http", protocol: "TCP", port: 80 },
    { name: "dns", protocol: "UDP", port: 53 },
  ];
  server.services.sync(
    service("web", { type: "ClusterIP", clusterIP: "10.96.0.10", clusterIPs: ["10.96.0.10"], ports }),
    service("dual", { type: "ClusterIP", clusterIP: "10.96.0.11", clusterIPs: ["10.96.0.11", "fd00::b"], ports: [{ port: 80 }] }),
    service("db", { type: "ClusterIP", clusterIP: "None", ports: [{ name: "pg", port: 5432 }] }),
    service("idle", { type: "ClusterIP", clusterIP: "None" }),
    service("alias", { type: "ExternalName", externalName: "web.default.svc.cluster.local" }),
    service("away", { type: "ExternalName", externalName: "example.com" }),
    service("circle", { type: "ExternalName", externalName: "circle.default.svc.cluster.local" }),
  );
  server.slices.sync(
    slice(
      "db",
      [
        { addresses: ["10.244.0.1"], hostname: "db-0", conditions: { ready: true } },
        { addresses: ["10.244.0.2"], conditions: {} },
        { addresses: ["10.244.0.3"], conditions: { ready: false } },
      ],
      [{ name: "pg", protocol: "TCP", port: 5432 }],
    ),
    slice("db", [{ addresses: ["10.244.0.1"], hostname: "db-0" }], [{ name: "pg", protocol: "TCP", port: 5432 }], "moved"),
    slice("web", [{ addresses: ["10.244.0.9"] }], [{ name: "http", protocol: "TCP", port: 8080 }]),
  );
});
afterAll(() => server[Symbol.asyncDispose]());

describe("Services", () => {
  it("have an A record", async () => {
    const answer = await ask("web.default.svc.cluster.local", "A");
    expect(answer).toMatchObject({ id: 4711, rcode: "NOERROR", flag_aa: true, flag_ra: true, flag_rd: true, flag_tc: false });
    expect(answer.answers).toMatchObject([{ name: "web.default.svc.cluster.local", type: "A", ttl: 5, data: "10.96.0.10" }]);
  });

  it("keep the spelling of the question", async () => {
    const answer = await ask("WeB.Default.svc.CLUSTER.local", "A");
    expect(answer.questions[0]?.name).toBe("WeB.Default.svc.CLUSTER.local");
    expect(answer.answers).toMatchObject([{ name: "WeB.Default.svc.CLUSTER.local", data: "10.96.0.10" }]);
  });

  it("have an AAAA record where they have an address for it, and none but NOERROR where not", async () => {
    expect(await data("dual.default.svc.cluster.local", "AAAA")).toEqual(["fd00::b"]);
    const none = await ask("web.default.svc.cluster.local", "AAAA");
    expect(none).toMatchObject({ rcode: "NOERROR", answers: [], authorities: [{ type: "SOA", ttl: 5, name: "cluster.local" }] });
  });

  it("have SRV records for named ports, with the address beside them", async () => {
    const answer = await ask("_http._tcp.web.default.svc.cluster.local", "SRV");
    expect(answer.answers).toMatchObject([
      { type: "SRV", data: { priority: 0, weight: 100, port: 80, target: "web.default.svc.cluster.local" } },
    ]);
    expect(answer.additionals).toMatchObject([{ name: "web.default.svc.cluster.local", type: "A", data: "10.96.0.10" }]);
    expect(await ask("_http._udp.web.default.svc.cluster.local", "SRV")).toMatchObject({ rcode: "NXDOMAIN" });
    expect(await ask("_tcp.web.default.svc.cluster.local", "SRV")).toMatchObject({ rcode: "NOERROR", answers: [] });
    expect(await data("web.default.svc.cluster.local", "SRV")).toHaveLength(2);
  });

  it("are found by their address", async () => {
    expect(await data("10.0.96.10.in-addr.arpa", "PTR")).toEqual(["web.default.svc.cluster.local"]);
    expect(await data(`b.${"0.".repeat(27)}0.0.d.f.ip6.arpa`, "PTR")).toEqual(["dual.default.svc.cluster.local"]);
  });
});

describe("headless Services", () => {
  it("have the address of each ready endpoint, once", async () => {
    expect((await data("db.default.svc.cluster.local", "A")).sort()).toEqual(["10.244.0.1", "10.244.0.2"]);
  });

  it("give the addresses in another order each time", async () => {
    const first = new Set<unknown>();
    for (let i = 0; i < 2; i++) first.add((await data("db.default.svc.cluster.local", "A"))[0]);
    expect(first.size).toBe(2);
  });

  it("have names for their pods", async () => {
    expect(await data("db-0.db.default.svc.cluster.local", "A")).toEqual(["10.244.0.1"]);
    expect(await data("10-244-0-2.db.default.svc.cluster.local", "A")).toEqual(["10.244.0.2"]);
    expect(await ask("db-1.db.default.svc.cluster.local", "A")).toMatchObject({ rcode: "NXDOMAIN" });
  });

  it("have an SRV record for each endpoint", async () => {
    const answer = await ask("_pg._tcp.db.default.svc.cluster.local", "SRV");
    expect(answer.answers.map((a) => a.data)).toEqual(
      expect.arrayContaining([
        { priority: 0, weight: 50, port: 5432, target: "db-0.db.default.svc.cluster.local" },
        { priority: 0, weight: 50, port: 5432, target: "10-244-0-2.db.default.svc.cluster.local" },
      ]),
    );
  });

  it("name their pods in reverse; other Services' pods stay unnamed, and nobody else is asked", async () => {
    expect(await data("1.0.244.10.in-addr.arpa", "PTR")).toEqual(["db-0.db.default.svc.cluster.local"]);
    expect(await ask("9.0.244.10.in-addr.arpa", "PTR")).toMatchObject({ rcode: "NXDOMAIN" });
    expect(await ask("9.0.0.11.in-addr.arpa", "PTR")).toMatchObject({ rcode: "REFUSED" });
  });

  it("do not exist without endpoints", async () => {
    expect(await ask("idle.default.svc.cluster.local", "A")).toMatchObject({ rcode: "NXDOMAIN" });
  });
});

describe("other names of the cluster", () => {
  it("follow an ExternalName within the cluster", async () => {
    const answer = await ask("alias.default.svc.cluster.local", "A");
    expect(answer.answers).toMatchObject([
      { type: "CNAME", data: "web.default.svc.cluster.local" },
      { type: "A", name: "web.default.svc.cluster.local", data: "10.96.0.10" },
    ]);
  });

  it("give the CNAME alone where nobody can follow it, and end a circle", async () => {
    expect(await data("away.default.svc.cluster.local", "A")).toEqual(["example.com"]);
    expect(await data("away.default.svc.cluster.local", "CNAME")).toEqual(["example.com"]);
    expect((await ask("circle.default.svc.cluster.local", "A")).rcode).toBe("SERVFAIL");
  });

  it("know pods by their address", async () => {
    expect(await data("10-244-1-7.default.pod.cluster.local", "A")).toEqual(["10.244.1.7"]);
    expect(await ask("10-244-1-7.default.pod.cluster.local", "AAAA")).toMatchObject({ rcode: "NOERROR", answers: [] });
    expect(await ask("web.default.pod.cluster.local", "A")).toMatchObject({ rcode: "NXDOMAIN" });
  });

  it.each([
    "nope.default.svc.cluster.local",
    "web.other.svc.cluster.local",
    "example.com.default.svc.cluster.local",
    "x.cluster.local",
    "a.b.web.default.svc.cluster.local",
    "other.svc.cluster.local",
  ])("denies %s, for a short time", async (name) => {
    const answer = await ask(name, "A");
    expect(answer).toMatchObject({ rcode: "NXDOMAIN", flag_aa: true, answers: [] });
    expect(answer.authorities).toMatchObject([{ type: "SOA", ttl: 5, data: { minimum: 5, mname: "ns.dns.cluster.local" } }]);
  });

  it.each(["cluster.local", "svc.cluster.local", "default.svc.cluster.local", "pod.cluster.local"])(
    "says of %s that it is there",
    async (name) => {
      expect(await ask(name, "A")).toMatchObject({ rcode: "NOERROR", answers: [] });
    },
  );

  it("tells its version and its SOA", async () => {
    expect(String((await data("dns-version.cluster.local", "TXT"))[0])).toBe("1.1.0");
    expect((await ask("cluster.local", "SOA")).answers).toMatchObject([{ type: "SOA" }]);
  });

  it("refuses what is not the cluster's when there is nobody to ask", async () => {
    expect(await ask("example.com", "A")).toMatchObject({ rcode: "REFUSED" });
  });
});

describe("transport", () => {
  it("answers over TCP, several queries of one connection", async () => {
    expect((await askTcp(server.port, "web.default.svc.cluster.local", "A")).answers).toMatchObject([{ data: "10.96.0.10" }]);
    const packets = Array.from({ length: 200 }, () => query("web.default.svc.cluster.local", "A"));
    expect(await sendTcp(server.port, ...packets)).toHaveLength(200);
  });

  it("speaks EDNS to who speaks it", async () => {
    const answer = await askUdp(server.port, "web.default.svc.cluster.local", "A", 4096);
    expect(answer.additionals).toMatchObject([{ type: "OPT", udpPayloadSize: 1232 }]);
    expect((await ask("web.default.svc.cluster.local", "A")).additionals).toEqual([]);
  });

  it("cuts what does not fit, says so, and gives all over TCP", async () => {
    server.services.set(service("big", { type: "ClusterIP", clusterIP: "None" }));
    const endpoints = Array.from({ length: 200 }, (_, i) => ({ addresses: [`10.244.7.${i}`] }));
    server.slices.set(slice("big", endpoints));
    const plain = await ask("big.default.svc.cluster.local", "A");
    expect(plain.flag_tc).toBe(true);
    expect(plain.answers.length).toBeGreaterThan(20);
    const edns = await askUdp(server.port, "big.default.svc.cluster.local", "A", 1232);
    expect(edns.flag_tc).toBe(true);
    expect(edns.answers.length).toBeGreaterThan(plain.answers.length);
    const whole = await askTcp(server.port, "big.default.svc.cluster.local", "A");
    expect(whole.flag_tc).toBe(false);
    expect(whole.answers).toHaveLength(200);
  });
});

describe("a resolver that others wrote", () => {
  const resolver = () => {
    const made = new Resolver();
    made.setServers([`127.0.0.1:${server.port}`]);
    return made;
  };

  it("understands all of it", async () => {
    expect(await resolver().resolve4("web.default.svc.cluster.local")).toEqual(["10.96.0.10"]);
    expect(await resolver().resolve6("dual.default.svc.cluster.local")).toEqual(["fd00::b"]);
    expect(await resolver().resolveSrv("_http._tcp.web.default.svc.cluster.local")).toEqual([
      expect.objectContaining({ name: "web.default.svc.cluster.local", port: 80, priority: 0, weight: 100 }),
    ]);
    expect(await resolver().reverse("10.96.0.10")).toEqual(["web.default.svc.cluster.local"]);
    expect(await resolver().resolve4("alias.default.svc.cluster.local")).toEqual(["10.96.0.10"]);
    await expect(resolver().resolve4("nope.default.svc.cluster.local")).rejects.toMatchObject({ code: "ENOTFOUND" });
    await expect(resolver().resolve6("web.default.svc.cluster.local")).rejects.toMatchObject({ code: "ENODATA" });
  });

  it("comes again over TCP for what was cut", async () => {
    expect(await resolver().resolve4("big.default.svc.cluster.local")).toHaveLength(200);
  });
});

describe("changes", () => {
  it("are seen at once", async () => {
    const name = "new.default.svc.cluster.local";
    expect(await ask(name, "A")).toMatchObject({ rcode: "NXDOMAIN" });
    server.services.set(service("new", { type: "ClusterIP", clusterIP: "10.96.0.77" }));
    expect(await data(name, "A")).toEqual(["10.96.0.77"]);
    server.services.set(service("new", { type: "ClusterIP", clusterIP: "10.96.0.78" }));
    expect(await data("77.0.96.10.in-addr.arpa", "PTR")).toEqual([]);
    expect(await data("78.0.96.10.in-addr.arpa", "PTR")).toEqual([name]);
    server.services.delete("new", "default");
    expect(await ask(name, "A")).toMatchObject({ rcode: "NXDOMAIN" });
  });

  it("gives SERVFAIL, which nobody remembers, until all Services are known", async () => {
    await using fresh = await startTestDns();
    expect(await askUdp(fresh.port, "web.default.svc.cluster.local", "A")).toMatchObject({ rcode: "SERVFAIL" });
    fresh.services.sync(service("web", { type: "ClusterIP", clusterIP: "10.96.0.10" }));
    fresh.slices.sync();
    expect(await askUdp(fresh.port, "web.default.svc.cluster.local", "A")).toMatchObject({ rcode: "NOERROR" });
  });
});
