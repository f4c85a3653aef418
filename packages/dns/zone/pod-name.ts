import { isIPv4, isIPv6 } from "node:net";

/** The address in a pod's name: `10-1-2-3`, or `fd00--1`. */
export function podAddress(label: string): { type: "A" | "AAAA"; data: string } | undefined {
  const v4 = label.replaceAll("-", ".");
  if (isIPv4(v4)) return { type: "A", data: v4 };
  const v6 = label.replaceAll("-", ":");
  return isIPv6(v6) ? { type: "AAAA", data: v6 } : undefined;
}

/** The label of an endpoint that has no host name. */
export function labelOfAddress(address: string): string {
  return address.replace(/[.:]/g, "-");
}
