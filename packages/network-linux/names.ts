import { createHash } from "node:crypto";

/** The kernel's limit for the names of devices. */
const MAX_DEVICE = 15;

/** What everything of a cluster is called in the kernel. */
export interface Names {
  bridge: string;
  /** nftables table of family ip. */
  table: string;
  /** Comment of rules in other people's tables. */
  comment: string;
  /** Metric of the cluster's unreachable routes; its other routes have one less, and win. The metric is what tells one cluster's routes from another's. */
  lastMetric: number;
}

export function namesOf(cluster: string): Names {
  const plain = `wh-${cluster}`;
  return {
    bridge: plain.length <= MAX_DEVICE ? plain : `wh-${cluster.slice(0, 5)}-${digest(cluster, 6)}`,
    table: `wherry-${cluster}`,
    comment: `wherry ${cluster}`,
    lastMetric: FIRST_METRIC + (Number.parseInt(digest(cluster, 7), 16) * 2 + 1),
  };
}

/** Metrics above it are ours: no one else sets any as high. */
const FIRST_METRIC = 2 ** 31;

/** Whether a route belongs to some cluster. */
export function isClusterMetric(metric: number | undefined): boolean {
  return metric !== undefined && metric >= FIRST_METRIC;
}

/** The host's end of a pod's link. */
export function linkName(cluster: string, id: string): string {
  return `wv${digest(`${cluster}/${id}`, 13)}`;
}

/** The link's alias tells whose it is, and which address it was given: the kernel keeps the books. */
export function linkAlias(cluster: string, id: string, ip: string): string {
  return `wherry:${cluster}:${ip}:${id}`;
}

export function parseLinkAlias(cluster: string, alias: string | undefined): { id: string; ip: string } | undefined {
  const [kind, owner, ip, ...id] = (alias ?? "").split(":");
  return kind === "wherry" && owner === cluster && ip && id.length > 0 ? { id: id.join(":"), ip } : undefined;
}

/** A hardware address of the cluster's own: a bridge without one changes it with its ports, and pods' neighbour tables go stale. */
export function bridgeAddress(cluster: string): string {
  return `02${(digest(`bridge ${cluster}`, 10).match(/../g) ?? []).map((byte) => `:${byte}`).join("")}`;
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
