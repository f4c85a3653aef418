import { type Cidr, formatCidr, parseCidr } from "@wherry/network";

/** Where node subnets come from, and how large they are. */
export interface SubnetPlan {
  cluster: Cidr;
  /** Bits of a node's network, such as 24. */
  nodePrefix: number;
}

/** Reads `10.244.0.0/16`. A cluster range no larger than one node's is one subnet. Throws on anything else than an IPv4 range. */
export function subnetPlan(clusterCIDR: string, nodePrefix = 24): SubnetPlan {
  const cluster = parseCidr(clusterCIDR);
  return { cluster, nodePrefix: Math.max(nodePrefix, cluster.prefix) };
}

/**
 * The first subnet at or after number `from`, going round, that overlaps none of `taken`; undefined when all are taken. Going round keeps a subnet that
 * was just given back free for as long as possible.
 */
export function nextSubnet(plan: SubnetPlan, taken: readonly string[], from: number): { cidr: string; number: number } | undefined {
  const size = 2 ** (32 - plan.nodePrefix);
  const count = plan.cluster.size / size;
  const used = new Set(taken.flatMap((t) => numbersOf(t, plan, size, count)));
  for (let i = 0; i < count; i++) {
    const number = (from + i) % count;
    const cidr = { base: plan.cluster.base + number * size, prefix: plan.nodePrefix, size };
    if (!used.has(number)) return { cidr: formatCidr(cidr), number };
  }
  return undefined;
}

/** The numbers of the subnets that a range takes; none for what is not an IPv4 range of the cluster. */
function numbersOf(text: string, { cluster }: SubnetPlan, size: number, count: number): number[] {
  if (!/^[0-9.]+\/[0-9]+$/.test(text)) return [];
  const { base, size: width } = parseCidr(text);
  const first = Math.max(0, Math.floor((base - cluster.base) / size));
  const last = Math.min(count - 1, Math.floor((base + width - 1 - cluster.base) / size));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}
