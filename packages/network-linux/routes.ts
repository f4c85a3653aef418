import { addressAt, cidrContains, cidrsOverlap, NetworkError, type NodeNetworkConfig, type Peer, parseCidr } from "@wherry/network";
import type { Host } from "./host.ts";
import type { RouteJson } from "./ip-json.ts";
import { isClusterMetric, type Names } from "./names.ts";

/** Routes of one cluster: they are told from everybody else's by their metric. */
export class Routes {
  readonly #host: Host;
  readonly #names: Names;

  constructor(host: Host, names: Names) {
    this.#host = host;
    this.#names = names;
  }

  /**
   * The backstop: nothing for pods or services ever takes the default route. Rejects when a range is in use by something else, since packets would go
   * wrong in silence.
   */
  async ensureUnreachable(config: NodeNetworkConfig): Promise<void> {
    const routes = await this.#all();
    for (const range of [config.clusterCIDR, config.serviceCIDR]) this.#refuseConflict(range, routes);
    const wanted = [config.clusterCIDR, config.serviceCIDR];
    const present = routes.filter((r) => r.metric === this.#names.lastMetric);
    await this.#host.ip([
      ...wanted
        .filter((range) => !present.some((r) => r.dst === range))
        .map((range) => `route add unreachable ${range} metric ${this.#names.lastMetric}`),
      ...present.filter((r) => !wanted.includes(r.dst)).map((r) => `route del unreachable ${r.dst} metric ${this.#names.lastMetric}`),
    ]);
  }

  /**
   * The host's own packets to services need a route before they are rewritten; the rules turn away those that no service answers. Not through the bridge:
   * for a pod's packet that would leave where it came from, the kernel first makes a redirect, and then is out of its quota of ICMP for the refusal.
   */
  async ensureServiceRoute(config: NodeNetworkConfig): Promise<void> {
    const source = addressAt(parseCidr(config.podCIDR), 1);
    await this.#host.ip([`route replace ${config.serviceCIDR} dev lo src ${source} metric ${this.#names.lastMetric - 1}`]);
  }

  /** Makes the routes to other nodes' pods exactly these. */
  async applyPeers(peers: readonly Peer[], serviceCIDR: string): Promise<void> {
    const metric = this.#names.lastMetric - 1;
    const present = (await this.#all()).filter((r) => r.metric === metric && r.dst !== serviceCIDR);
    const gone = present.filter((r) => !peers.some((p) => p.podCIDR === r.dst));
    await this.#host.ip(gone.map((r) => `route del ${r.dst} metric ${metric}`));
    for (const peer of peers) {
      if (present.some((r) => r.dst === peer.podCIDR && r.gateway === peer.address)) continue;
      const { code, stderr } = await this.#host.try("ip", [
        "route",
        "replace",
        peer.podCIDR,
        "via",
        peer.address,
        "metric",
        String(metric),
      ]);
      if (code !== 0)
        throw new NetworkError(
          `no route to the pods of node ${peer.node} (${peer.podCIDR} via ${peer.address}): ${stderr.trim()}. Nodes must be on one network segment`,
        );
    }
  }

  async remove(): Promise<void> {
    const { lastMetric } = this.#names;
    const own = (await this.#all()).filter((r) => r.metric === lastMetric || r.metric === lastMetric - 1);
    await this.#host.ip(own.map((r) => `route del ${r.type === "unreachable" ? "unreachable " : ""}${r.dst} metric ${r.metric}`));
  }

  #all(): Promise<RouteJson[]> {
    return this.#host.ipJson<RouteJson>(["-details", "-4", "route", "show"]);
  }

  /** A wider range of somebody else's is no conflict: the narrower route wins. */
  #refuseConflict(range: string, routes: readonly RouteJson[]): void {
    const { bridge, lastMetric } = this.#names;
    const ours = parseCidr(range);
    for (const route of routes) {
      if (route.dst === "default" || route.dev === bridge || route.metric === lastMetric || route.metric === lastMetric - 1) continue;
      const theirs = parseCidr(route.dst.includes("/") ? route.dst : `${route.dst}/32`);
      const clash = isClusterMetric(route.metric)
        ? cidrsOverlap(ours, theirs)
        : cidrContains(ours, theirs.base) && theirs.prefix >= ours.prefix;
      if (clash)
        throw new NetworkError(
          `the range ${range} is in use: ${route.dst} is routed ${route.dev ? `through ${route.dev}` : "for another cluster"}. Choose another pod or service range`,
        );
    }
  }
}
