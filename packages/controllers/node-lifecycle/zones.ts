import { isNodeReady, type Node } from "@wherry/api";

/** Between two nodes of one zone that are emptied. Milliseconds. Source: --node-eviction-rate, --secondary-node-eviction-rate. */
const PACE_MS = 10_000;
const SLOW_PACE_MS = 100_000;
/** Above this share of nodes that are not ready, the trouble is likely not theirs. */
const UNHEALTHY_SHARE = 0.55;
/** A zone of at most this many nodes is left alone in such trouble. */
const LARGE_ZONE = 50;

/** The failure domain of a node. */
export function zoneOf({ metadata: { labels } }: Node): string {
  return `${labels?.["topology.kubernetes.io/region"] ?? ""}/${labels?.["topology.kubernetes.io/zone"] ?? ""}`;
}

/**
 * Milliseconds to leave between two nodes of `zone` whose pods are evicted; undefined when none may be: when no node of the whole cluster is ready it is
 * this side that is cut off. Source: node_lifecycle_controller.go handleDisruption, ComputeZoneState.
 */
export function evictionPace(nodes: readonly Node[], zone: string): number | undefined {
  if (!nodes.some(isNodeReady)) return undefined;
  const here = nodes.filter((n) => zoneOf(n) === zone);
  const notReady = here.filter((n) => !isNodeReady(n)).length;
  const partial = notReady < here.length && notReady > 2 && notReady / here.length >= UNHEALTHY_SHARE;
  if (!partial) return PACE_MS;
  return here.length > LARGE_ZONE ? SLOW_PACE_MS : undefined;
}
