import { BlockList, isIP, isIPv4 } from "node:net";
import type { Environment } from "@marcbachmann/cel-js";
import { isValidCIDR } from "../value-names.ts";

/** An absolute URL, or a path. */
class CelUrl {
  readonly url: URL;
  readonly absolute: boolean;

  constructor(text: string) {
    this.absolute = !text.startsWith("/");
    this.url = new URL(text, this.absolute ? undefined : "http://nowhere");
  }
}

class CelIP {
  readonly text: string;

  constructor(text: string) {
    if (!isIP(text)) throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
    this.text = text;
  }
}

class CelCIDR {
  readonly text: string;

  constructor(text: string) {
    if (isValidCIDR(text).length > 0) throw new Error(`CIDR ${JSON.stringify(text)} parse error during conversion from string`);
    this.text = text;
  }
}

const family = (address: string) => (isIPv4(address) ? "ipv4" : "ipv6");
const works = (make: () => unknown): boolean => {
  try {
    make();
    return true;
  } catch {
    return false;
  }
};

/** Adds URLs, addresses and ranges of them. Source: apiserver `cel/library/urls.go`, `ip.go`, `cidr.go`. */
export function urlFunctions(env: Environment): void {
  env.registerType("kubernetes.URL", CelUrl);
  env.registerFunction("url(string): kubernetes.URL", (text: string) => new CelUrl(text));
  env.registerFunction("isURL(string): bool", (text: string) => works(() => new CelUrl(text)));
  const part = (name: string, read: (url: URL) => string) =>
    env.registerFunction(`kubernetes.URL.${name}(): string`, ({ url, absolute }: CelUrl) =>
      absolute || name === "getEscapedPath" ? read(url) : "",
    );
  part("getScheme", (url) => url.protocol.replace(/:$/, ""));
  part("getHost", (url) => url.host);
  part("getHostname", (url) => url.hostname.replace(/^\[|\]$/g, ""));
  part("getPort", (url) => url.port);
  part("getEscapedPath", (url) => url.pathname);
  env.registerFunction("kubernetes.URL.getQuery(): map<string, list<string>>", ({ url }: CelUrl) => {
    const { searchParams } = url;
    return new Map([...new Set(searchParams.keys())].map((key) => [key, searchParams.getAll(key)]));
  });
  addressFunctions(env);
}

function addressFunctions(env: Environment): void {
  env.registerType("net.IP", CelIP);
  env.registerType("net.CIDR", CelCIDR);
  env.registerFunction("ip(string): net.IP", (text: string) => new CelIP(text));
  env.registerFunction("isIP(string): bool", (text: string) => isIP(text) !== 0);
  env.registerFunction("net.IP.family(): int", ({ text }: CelIP) => (isIPv4(text) ? 4n : 6n));
  env.registerFunction("string(net.IP): string", ({ text }: CelIP) => text);
  env.registerFunction("cidr(string): net.CIDR", (text: string) => new CelCIDR(text));
  env.registerFunction("isCIDR(string): bool", (text: string) => isValidCIDR(text).length === 0);
  env.registerFunction("net.CIDR.prefixLength(): int", ({ text }: CelCIDR) => BigInt(text.split("/")[1] ?? "0"));
  env.registerFunction("net.CIDR.containsIP(string): bool", (range: CelCIDR, text: string) => contains(range, new CelIP(text)));
  env.registerFunction("net.CIDR.containsIP(net.IP): bool", contains);
}

function contains({ text }: CelCIDR, { text: address }: CelIP): boolean {
  const [network = "", bits = "0"] = text.split("/");
  if (family(network) !== family(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family(network));
  return list.check(address, family(address));
}
