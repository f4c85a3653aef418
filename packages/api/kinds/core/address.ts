import { BlockList, isIP, isIPv6 } from "node:net";
import { type FieldError, invalid, isValidIP } from "@wherry/machinery";
import { broken } from "../rules.ts";

const list = (...subnets: [string, number, "ipv4" | "ipv6"][]) => {
  const blocks = new BlockList();
  for (const [address, prefix, family] of subnets) blocks.addSubnet(address, prefix, family);
  return blocks;
};

const NOT_FOR_ENDPOINTS: readonly [BlockList, string][] = [
  [list(["0.0.0.0", 32, "ipv4"], ["::", 128, "ipv6"]), "may not be unspecified (0.0.0.0 or ::)"],
  [list(["127.0.0.0", 8, "ipv4"], ["::1", 128, "ipv6"]), "may not be in the loopback range (127.0.0.0/8, ::1/128)"],
  [list(["169.254.0.0", 16, "ipv4"], ["fe80::", 10, "ipv6"]), "may not be in the link-local range (169.254.0.0/16, fe80::/10)"],
  [list(["224.0.0.0", 24, "ipv4"], ["ff02::", 16, "ipv6"]), "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
];

/** An address that traffic can be sent to. Source: core validation `ValidateNonSpecialIP`. */
export function endpointAddress(path: string, ip: string): FieldError[] {
  if (!isIP(ip)) return broken(path, ip, isValidIP(ip));
  const family = isIPv6(ip) ? "ipv6" : "ipv4";
  return NOT_FOR_ENDPOINTS.filter(([blocks]) => blocks.check(ip, family)).map(([, detail]) => invalid(path, ip, detail));
}

/** `10.1.2.3:80`, or `[::1]:80`. */
export function hostPort(ip: string, port: number): string {
  return isIPv6(ip) ? `[${ip}]:${port}` : `${ip}:${port}`;
}
