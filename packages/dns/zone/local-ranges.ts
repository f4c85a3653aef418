import { BlockList, isIPv4 } from "node:net";

/** Tells whether an address lies in one of the ranges, such as the cluster's Services and pods. Throws when a range is no CIDR. */
export function localRanges(cidrs: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = "", bits] = cidr.split("/");
    list.addSubnet(network, Number(bits), isIPv4(network) ? "ipv4" : "ipv6");
  }
  return (address) => list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}
