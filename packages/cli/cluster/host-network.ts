import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { UsageError } from "../errors.ts";

/** An IPv4 range as numbers: first address and last address. */
interface Range {
  first: number;
  last: number;
}

const RANGES_TO_TRY = 64;

/** Parses `10.244.0.0/16`; throws a UsageError that names the flag otherwise. */
export function parseCIDR(text: string, flag: string): Range {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  const parts = match?.slice(1).map(Number);
  if (!parts || parts.slice(0, 4).some((p) => p > 255) || parts[4]! > 30 || parts[4]! < 8) {
    throw new UsageError(`${flag} ${JSON.stringify(text)}: not an IPv4 range such as 10.244.0.0/16`);
  }
  const size = 2 ** (32 - parts[4]!);
  const address = parts.slice(0, 4).reduce((sum, p) => sum * 256 + p, 0);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1 };
}

export const overlap = (a: Range, b: Range): boolean => a.first <= b.last && b.first <= a.last;

/** Ranges that never leave a host, or are no host's own. Source: RFC 6890. */
const SPECIAL = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16"].map((text) => parseCIDR(text, ""));
const LAST_UNICAST = 0xdfffffff;
/** A node takes so much of the pods' range, and the services' fixed addresses lie in the first so many. */
const LEAST_SIZE = 256;

/** Parses a range that a cluster could use; throws a UsageError that names the flag otherwise. */
export function clusterRange(text: string, flag: string): Range {
  const range = parseCIDR(text, flag);
  const wrong = (why: string) => new UsageError(`${flag} ${text} ${why}`);
  const size = range.last - range.first + 1;
  if (size < LEAST_SIZE) throw wrong(`holds ${size} addresses only: a /24, or a wider range, is needed`);
  const first = addressText(range.first);
  if (!text.startsWith(`${first}/`)) throw wrong(`does not begin with its first address: write ${first}/${text.split("/")[1]}`);
  if (range.last > LAST_UNICAST || SPECIAL.some((special) => overlap(special, range)))
    throw wrong("is not for hosts: use a private range such as 10.244.0.0/16");
  return range;
}

const addressText = (address: number) => [24, 16, 8, 0].map((bits) => (address >>> bits) & 255).join(".");

/** The networks of the host's own addresses. */
export function interfaceRanges(interfaces = networkInterfaces()): Range[] {
  const all = Object.values(interfaces).flatMap((list) => list ?? []);
  return all.filter((a) => a.family === "IPv4" && !a.internal).map((a) => networkOf(a.address, a.netmask));
}

function networkOf(address: string, netmask: string): Range {
  const [bits = 0, mask = 0] = [address, netmask].map((text) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0));
  const size = 0xffffffff - mask + 1;
  const first = Math.floor(bits / size) * size;
  return { first, last: first + size - 1 };
}

/** The ranges that the host's routes already cover, the default route aside. Source: proc(5), /proc/net/route. */
export function routedRanges(table = readFileSync("/proc/net/route", "utf8")): Range[] {
  return routes(table)
    .filter((r) => r.mask !== 0)
    .map(({ destination, mask }) => ({ first: destination, last: destination + (0xffffffff - mask) }));
}

function routes(table: string): { device: string; destination: number; mask: number }[] {
  return table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"))
    .map((f) => ({ device: f[0]!.trim(), destination: littleEndian(f[1]!), mask: littleEndian(f[7]!) }));
}

const littleEndian = (hex: string) => Buffer.from(hex, "hex").readUInt32LE(0);

/** The first range of the form `10.N.0.0/16`, N from `from` on, that no route and none of `avoid` overlaps. */
export function freeRange(from: number, taken: readonly Range[], flag: string): string {
  for (let n = from; n < from + RANGES_TO_TRY && n < 256; n++) {
    const text = `10.${n}.0.0/16`;
    if (!taken.some((t) => overlap(t, parseCIDR(text, flag)))) return text;
  }
  throw new UsageError(`every range from 10.${from}.0.0/16 on is in use on this host: name a free one with ${flag}`);
}

/** The host's address on the interface of its default route, else its first one that is not loopback; undefined when it has none. */
export function hostAddress(table = readFileSync("/proc/net/route", "utf8")): string | undefined {
  const uplink = routes(table).find((r) => r.mask === 0)?.device;
  const all = Object.entries(networkInterfaces()).flatMap(([device, list]) =>
    (list ?? []).filter((a) => a.family === "IPv4" && !a.internal).map((a) => ({ device, address: a.address })),
  );
  return (all.find((a) => a.device === uplink) ?? all.find((a) => !a.device.startsWith("docker")) ?? all[0])?.address;
}

/** Whether a server could listen on this port of every address. */
export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "0.0.0.0", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** The first free port from `from` on. */
export async function freePort(from: number): Promise<number> {
  for (let port = from; port < from + RANGES_TO_TRY; port++) if (await portIsFree(port)) return port;
  throw new UsageError(`every port from ${from} to ${from + RANGES_TO_TRY - 1} is taken: name a free one with --api-port`);
}
