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
