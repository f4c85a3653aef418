import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import type { Environment } from "@marcbachmann/cel-js";
import { isValidCIDR } from "../value-names.ts";

const family = (address: string) => (isIPv4(address) ? "ipv4" : "ipv6");
const quoted = (text: string) => JSON.stringify(text);

/** An address in its canonical form. */
class CelIP {
  readonly text: string;

  /** Throws an Error on what is none: an address with a zone, and one of IPv4 in IPv6, are none. */
  constructor(text: string) {
    const why = problemOf(text);
    if (why) throw new Error(`IP Address ${quoted(text)} parse error during conversion from string: ${why}`);
    this.text = canonical(text);
  }
}

function problemOf(text: string): string | undefined {
  if (text.includes("%")) return "IP address with zone value is not allowed";
  if (!isIP(text)) return "unable to parse IP";
  if (isIPv6(text) && canonical(text).startsWith("::ffff:")) return "IPv4-mapped IPv6 address is not allowed";
  return undefined;
}

/** Browsers write IPv6 as RFC 5952 wants it. */
const canonical = (text: string) => (isIPv4(text) ? text : new URL(`http://[${text}]`).hostname.slice(1, -1));

class CelCIDR {
  readonly ip: CelIP;
  readonly bits: number;
  #range: BlockList | undefined;

  constructor(text: string) {
    const [address = "", bits = ""] = text.split("/");
    if (isValidCIDR(text).length > 0 || problemOf(address))
      throw new Error(`network address parse error during conversion from string: invalid CIDR address: ${text}`);
    this.ip = new CelIP(address);
    this.bits = Number(bits);
  }

  get text(): string {
    return `${this.ip.text}/${this.bits}`;
  }

  contains({ text }: CelIP): boolean {
    if (family(text) !== family(this.ip.text)) return false;
    this.#range ??= rangeOf(this.ip.text, this.bits);
    return this.#range.check(text, family(text));
  }
}

function rangeOf(...ranges: (string | number)[]): BlockList {
  const list = new BlockList();
  for (let i = 0; i < ranges.length; i += 2) {
    const address = String(ranges[i]);
    list.addSubnet(address, Number(ranges[i + 1]), family(address));
  }
  return list;
}

const LOOPBACK = rangeOf("127.0.0.0", 8, "::1", 128);
const UNSPECIFIED = rangeOf("0.0.0.0", 32, "::", 128);
const LINK_LOCAL = rangeOf("169.254.0.0", 16, "fe80::", 10);
const MULTICAST = rangeOf("224.0.0.0", 4, "ff00::", 8);
const BROADCAST = rangeOf("255.255.255.255", 32);
const LINK_LOCAL_MULTICAST = rangeOf(
  "224.0.0.0",
  24,
  ...Array.from({ length: 16 }, (_, flags) => [`ff${flags.toString(16)}2::`, 16]).flat(),
);

const isIn =
  (...ranges: BlockList[]) =>
  ({ text }: CelIP): boolean =>
    ranges.some((range) => range.check(text, family(text)));
const isNotGlobal = isIn(LOOPBACK, UNSPECIFIED, LINK_LOCAL, MULTICAST, BROADCAST);

/** The name before `ip.isCanonical`. */
class Addresses {}

/** Adds addresses and ranges of them. Source: apiserver `cel/library/ip.go`, `cidr.go`. */
export function addressFunctions(env: Environment): void {
  env.registerType("net.IP", CelIP);
  env.registerType("net.CIDR", CelCIDR);
  env.registerType("Addresses", Addresses);
  env.registerConstant("ip", "Addresses", new Addresses());
  env.registerFunction("ip(string): net.IP", (text: string) => new CelIP(text));
  env.registerFunction("isIP(string): bool", (text: string) => problemOf(text) === undefined);
  env.registerFunction("Addresses.isCanonical(string): bool", (_: Addresses, text: string) => new CelIP(text).text === text);
  env.registerFunction("net.IP.family(): int", ({ text }: CelIP) => (isIPv4(text) ? 4n : 6n));
  env.registerFunction("net.IP.isUnspecified(): bool", isIn(UNSPECIFIED));
  env.registerFunction("net.IP.isLoopback(): bool", isIn(LOOPBACK));
  env.registerFunction("net.IP.isLinkLocalMulticast(): bool", isIn(LINK_LOCAL_MULTICAST));
  env.registerFunction("net.IP.isLinkLocalUnicast(): bool", isIn(LINK_LOCAL));
  env.registerFunction("net.IP.isGlobalUnicast(): bool", (ip: CelIP) => !isNotGlobal(ip));
  env.registerFunction("string(net.IP): string", ({ text }: CelIP) => text);
  env.registerOperator("net.IP == net.IP", (a: CelIP, b: CelIP) => a.text === b.text);
  rangeFunctions(env);
}

function rangeFunctions(env: Environment): void {
  env.registerFunction("cidr(string): net.CIDR", (text: string) => new CelCIDR(text));
  env.registerFunction("isCIDR(string): bool", (text: string) => isValidCIDR(text).length === 0 && !problemOf(text.split("/")[0] ?? ""));
  env.registerFunction("net.CIDR.ip(): net.IP", ({ ip }: CelCIDR) => ip);
  env.registerFunction("net.CIDR.masked(): net.CIDR", masked);
  env.registerFunction("net.CIDR.prefixLength(): int", ({ bits }: CelCIDR) => BigInt(bits));
  env.registerFunction("net.CIDR.containsIP(string): bool", (range: CelCIDR, text: string) => range.contains(new CelIP(text)));
  env.registerFunction("net.CIDR.containsIP(net.IP): bool", (range: CelCIDR, ip: CelIP) => range.contains(ip));
  env.registerFunction("net.CIDR.containsCIDR(string): bool", (range: CelCIDR, text: string) => covers(range, new CelCIDR(text)));
  env.registerFunction("net.CIDR.containsCIDR(net.CIDR): bool", covers);
  env.registerFunction("string(net.CIDR): string", ({ text }: CelCIDR) => text);
  env.registerOperator("net.CIDR == net.CIDR", (a: CelCIDR, b: CelCIDR) => a.text === b.text);
}

const covers = (outer: CelCIDR, inner: CelCIDR): boolean => outer.bits <= inner.bits && outer.contains(inner.ip);

/** The range by its first address. */
function masked({ ip, bits }: CelCIDR): CelCIDR {
  const groups = groupsOf(ip.text);
  const width = isIPv4(ip.text) ? 8 : 16;
  const kept = groups.map((group, i) => {
    const free = Math.min(width, Math.max(0, (i + 1) * width - bits));
    return (group >> free) << free;
  });
  const text = width === 8 ? kept.join(".") : kept.map((group) => group.toString(16)).join(":");
  return new CelCIDR(`${text}/${bits}`);
}

/** The bytes of an IPv4 address, or the eight numbers of one of IPv6. */
function groupsOf(text: string): number[] {
  if (isIPv4(text)) return text.split(".").map(Number);
  const [head = "", tail] = text.split("::");
  const read = (part: string) => (part ? part.split(":").map((group) => Number.parseInt(group, 16)) : []);
  const [before, after] = [read(head), read(tail ?? "")];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}
