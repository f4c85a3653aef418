import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { UsageError } from "../errors.ts";
import {
  clusterRange,
  freePort,
  freeRange,
  hostAddress,
  interfaceRanges,
  overlap,
  parseCIDR,
  portIsFree,
  routedRanges,
} from "./host-network.ts";

const HEADER =
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n";
const route = (device: string, destination: string, mask: string) =>
  `${device}\t${destination}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0                                                                               \n`;

/** The default route, 10.244.0.0/24, 172.17.0.0/16 and 192.0.2.7/32. */
const TABLE = [
  HEADER,
  route("eth0", "00000000", "00000000"),
  route("cni0", "0000F40A", "00FFFFFF"),
  route("docker0", "000011AC", "0000FFFF"),
  route("tun0", "070200C0", "FFFFFFFF"),
].join("");

const range = (text: string) => parseCIDR(text, "--pod-cidr");

describe("parseCIDR", () => {
  it("gives the first and the last address, whichever address names the range", () => {
    expect(range("10.244.0.0/16")).toEqual({ first: 0x0af40000, last: 0x0af4ffff });
    expect(range("10.244.3.7/16")).toEqual(range("10.244.0.0/16"));
    expect(range("255.255.255.252/30")).toEqual({ first: 0xfffffffc, last: 0xffffffff });
  });

  it.each(["", "10.244.0.0", "10.244.0/16", "10.256.0.0/16", "10.0.0.0/31", "10.0.0.0/7", "fd00::/64", "10.0.0.0/16 ", "a.b.c.d/16"])(
    "refuses %j by the name of its flag",
    (text) => {
      const wanted = `--service-cidr ${JSON.stringify(text)}: not an IPv4 range such as 10.244.0.0/16`;
      expect(() => parseCIDR(text, "--service-cidr")).toThrow(new UsageError(wanted));
    },
  );
});

describe("a range for a cluster", () => {
  it.each(["10.244.0.0/16", "10.244.3.0/24", "100.64.0.0/10", "192.168.0.0/16"])("may be %s", (text) => {
    expect(clusterRange(text, "--pod-cidr")).toEqual(range(text));
  });

  it.each([
    ["10.244.0.0/30", "holds 4 addresses only: a /24, or a wider range, is needed"],
    ["10.244.0.0/25", "holds 128 addresses only: a /24, or a wider range, is needed"],
    ["10.244.3.7/16", "does not begin with its first address: write 10.244.0.0/16"],
    ["127.0.0.0/16", "is not for hosts: use a private range such as 10.244.0.0/16"],
    ["169.254.4.0/24", "is not for hosts: use a private range such as 10.244.0.0/16"],
    ["224.0.0.0/16", "is not for hosts: use a private range such as 10.244.0.0/16"],
    ["128.0.0.0/8", ""],
  ])("%s: %s", (text, why) => {
    const wanted = () => expect(() => clusterRange(text, "--pod-cidr"));
    if (why) wanted().toThrow(new UsageError(`--pod-cidr ${text} ${why}`));
    else wanted().not.toThrow();
  });
});

it("tells the networks of the host's own addresses", () => {
  const address = (text: string, netmask: string, internal = false) => ({
    ...{ address: text, netmask, internal, family: "IPv4" as const, mac: "", cidr: null },
  });
  const found = interfaceRanges({
    lo: [address("127.0.0.1", "255.0.0.0", true)],
    eth0: [address("10.1.2.3", "255.255.0.0")],
    none: undefined,
  });
  expect(found).toEqual([range("10.1.0.0/16")]);
});

it.each([
  ["10.244.0.0/16", "10.245.0.0/16", false],
  ["10.244.0.0/16", "10.244.255.0/24", true],
  ["10.244.255.0/24", "10.0.0.0/8", true],
  ["10.244.0.0/16", "10.244.0.0/16", true],
  ["10.243.0.0/16", "10.244.0.0/16", false],
])("%s and %s overlap: %s", (a, b, wanted) => {
  expect([overlap(range(a), range(b)), overlap(range(b), range(a))]).toEqual([wanted, wanted]);
});

describe("the routes of a host", () => {
  it("are ranges, the default route aside", () => {
    expect(routedRanges(TABLE)).toEqual([range("10.244.0.0/24"), range("172.17.0.0/16"), { first: 0xc0000207, last: 0xc0000207 }]);
  });

  it("may be none", () => {
    expect([routedRanges(HEADER), routedRanges("")]).toEqual([[], []]);
    expect(hostAddress(HEADER)).toEqual(hostAddress(""));
  });

  it("are read from the host itself when none are given", () => {
    for (const { first, last } of routedRanges()) expect(last).toBeGreaterThanOrEqual(first);
  });
});

describe("freeRange", () => {
  it("is the first one when nothing is taken", () => expect(freeRange(244, [], "--pod-cidr")).toBe("10.244.0.0/16"));

  it("skips what a route covers, even a part of it", () => {
    expect(freeRange(244, [...routedRanges(TABLE), range("10.245.128.0/30")], "--pod-cidr")).toBe("10.246.0.0/16");
  });

  it("says which flag helps when all are taken", () => {
    expect(() => freeRange(96, [range("10.0.0.0/8")], "--service-cidr")).toThrow(
      new UsageError("every range from 10.96.0.0/16 on is in use on this host: name a free one with --service-cidr"),
    );
  });
});

describe("ports", () => {
  async function listener(host: string): Promise<number> {
    const server = createServer().listen(0, host);
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  it.each(["0.0.0.0", "127.0.0.1"])("one that is listened on at %s is not free, and the next free one is above it", async (host) => {
    const port = await listener(host);
    expect(await portIsFree(port)).toBe(false);
    expect(await freePort(port)).toBeGreaterThan(port);
  });

  it("a free one is left free", async () => {
    const port = await freePort(20_000);
    expect([await portIsFree(port), await freePort(port)]).toEqual([true, port]);
  });
});
