import { isIPv4, isIPv6 } from "node:net";

/** The 4 or 16 bytes of an address. Throws when it is none. */
export function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split("."), Number);
  if (!isIPv6(address)) throw new Error(`${JSON.stringify(address)} is no IP address`);
  const bytes = Buffer.alloc(16);
  ipv6Groups(address).forEach((group, i) => {
    bytes.writeUInt16BE(group, i * 2);
  });
  return bytes;
}

/** An address in the one form by which equal addresses are equal texts: IPv6 written out, in lower case. */
export function canonicalAddress(address: string): string {
  if (!isIPv6(address)) return address;
  return ipv6Groups(address)
    .map((group) => group.toString(16))
    .join(":");
}

function ipv6Groups(address: string): number[] {
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const left = groupsOf(head);
  const right = groupsOf(tail ?? "");
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function groupsOf(text: string): number[] {
  return text
    .split(":")
    .filter((part) => part !== "")
    .flatMap((part) => {
      if (!part.includes(".")) return [Number.parseInt(part, 16)];
      const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
      return [(a << 8) | b, (c << 8) | d];
    });
}
