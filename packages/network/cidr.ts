/** An IPv4 range: `base` and `size` are numbers below 2^32 (inclusive for size). */
export interface Cidr {
  /** First address. */
  base: number;
  prefix: number;
  /** How many addresses, the first and the last included. */
  size: number;
}

/** `10.0.0.1` -> number; undefined when the text is no IPv4 address in the usual form (no leading zeros). */
export function parseIPv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatIPv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

/** Parses `10.0.0.0/8`; host bits are cut off. Throws on anything else. */
export function parseCidr(text: string): Cidr {
  const [address = "", length = ""] = text.split("/");
  const ip = parseIPv4(address);
  const prefix = /^\d{1,2}$/.test(length) ? Number(length) : 33;
  if (ip === undefined || prefix > 32) throw new Error(`${JSON.stringify(text)} is not an IPv4 range: write it like 10.244.0.0/16`);
  const size = 2 ** (32 - prefix);
  return { base: ip - (ip % size), prefix, size };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIPv4(cidr.base)}/${cidr.prefix}`;
}

export function cidrContains(cidr: Cidr, ip: number): boolean {
  return ip >= cidr.base && ip < cidr.base + cidr.size;
}

export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + b.size && b.base < a.base + a.size;
}

/** The address at `offset`; negative counts from the end (-1 = the last). */
export function addressAt(cidr: Cidr, offset: number): string {
  return formatIPv4(cidr.base + (offset < 0 ? cidr.size + offset : offset));
}
