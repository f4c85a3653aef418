import type { Socket } from "node:net";
import { type Logger, limiter } from "@wherry/base";
import { type Attachment, type NetworkDriver, NetworkError, type NodeNetworkConfig, type Peer, type ServicePort } from "@wherry/network";
import { baseRules } from "./base-rules.ts";
import { ensureBridge, filterBridge } from "./bridge.ts";
import { Dialers } from "./dialers.ts";
import { ForwardRules } from "./forward-rules.ts";
import { Host } from "./host.ts";
import { closeUplink, openUplink } from "./local-node-ports.ts";
import { namesOf } from "./names.ts";
import { PodLinks, readAttachments } from "./pod-links.ts";
import { Routes } from "./routes.ts";
import { Services } from "./services.ts";

/** What the Linux driver needs to know. */
export interface LinuxNetworkOptions {
  cluster: string;
  log: Logger;
  /** A network namespace under /run/netns to work in; that of the process unless given. */
  netns?: string;
}

interface Running {
  config: NodeNetworkConfig;
  links: PodLinks;
  services: Services;
  uplink: string | undefined;
}

/** At least so many connections can be tracked, as with kube-proxy. */
const CONNTRACK_MAX = 131_072;

/** A bridge, a veth pair for each pod, plain routes and one nftables table. Needs root, `ip` and `nft`. */
export class LinuxNetwork implements NetworkDriver {
  readonly #cluster: string;
  readonly #host: Host;
  readonly #log: Logger;
  readonly #names: ReturnType<typeof namesOf>;
  readonly #routes: Routes;
  readonly #forward: ForwardRules;
  readonly #dialers = new Dialers();
  /** Changes of the tables and routes come one after the other. */
  readonly #turn = limiter(1);
  #running: Running | undefined;

  constructor(options: LinuxNetworkOptions) {
    this.#cluster = options.cluster;
    this.#log = options.log;
    this.#host = new Host(options.netns);
    this.#names = namesOf(options.cluster);
    this.#routes = new Routes(this.#host, this.#names);
    this.#forward = new ForwardRules(this.#host, this.#names, options.log);
  }

  setup(config: NodeNetworkConfig): Promise<void> {
    return this.#turn(async () => {
      if (config.cluster !== this.#cluster) throw new NetworkError(`this network is of cluster ${this.#cluster}, not of ${config.cluster}`);
      await this.#routes.ensureUnreachable(config);
      const { mtu, uplink } = await ensureBridge(this.#host, this.#names, config);
      const filtered = await filterBridge(this.#host, this.#names);
      await this.#settings();
      await this.#ensureTable(config, filtered);
      await this.#routes.ensureServiceRoute(config);
      await this.#forward.ensure();
      if (this.#running && sameConfig(this.#running.config, config)) return this.#running.services.repair();
      const links = await PodLinks.open(this.#host, this.#cluster, this.#names, config.podCIDR, mtu);
      const services = new Services(this.#host, this.#names.table, new Set([config.dnsIP]), this.#log);
      this.#running = { config, links, services, uplink };
    });
  }

  async attach(id: string, pid: number): Promise<Attachment> {
    return this.#ready().links.attach(id, pid);
  }

  async detach(id: string): Promise<void> {
    await this.#ready().links.detach(id);
  }

  async attachments(): Promise<readonly Attachment[]> {
    return this.#ready().links.list();
  }

  applyServices(services: readonly ServicePort[]): Promise<void> {
    return this.#turn(() => this.#ready().services.apply(services));
  }

  applyPeers(peers: readonly Peer[]): Promise<void> {
    return this.#turn(async () => {
      const { config, uplink } = this.#ready();
      const others = peers.filter((peer) => peer.address !== config.nodeIP);
      await this.#routes.applyPeers(others, config.serviceCIDR);
      // A node port asked for at 127.0.0.1 may be answered by a pod on another node.
      if (others.length > 0 && uplink && uplink !== "lo") await openUplink(this.#host, this.#names, uplink);
    });
  }

  dial(pid: number | "host", port: number): Promise<Socket> {
    return this.#dialers.dial(pid, port);
  }

  teardown(): Promise<void> {
    this.#dialers.close();
    return this.#turn(async () => {
      const { bridge, table } = this.#names;
      this.#running = undefined;
      await this.#forward.remove();
      await closeUplink(this.#host, this.#names);
      for (const { link } of await readAttachments(this.#host, this.#cluster, this.#names)) await this.#remove(["link", "del", link]);
      await this.#routes.remove();
      await this.#remove(["link", "del", bridge]);
      const { code, stderr } = await this.#host.try("nft", ["delete", "table", "ip", table]);
      if (code !== 0 && !/no such file/i.test(stderr)) throw new NetworkError(`cannot delete the table ${table}: ${stderr.trim()}`);
    });
  }

  #ready(): Running {
    if (!this.#running) throw new NetworkError("the node's network is not set up yet: call setup first");
    return this.#running;
  }

  async #remove(args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.#host.try("ip", args);
    if (code !== 0 && !/cannot find device/i.test(stderr)) throw new NetworkError(`ip ${args.join(" ")} failed: ${stderr.trim()}`);
  }

  async #settings(): Promise<void> {
    await this.#host.set("net/ipv4/ip_forward", "1");
    await this.#host.set(`net/ipv4/conf/${this.#names.bridge}/route_localnet`, "1");
    const tracked = Number(await this.#host.setting("net/netfilter/nf_conntrack_max"));
    // Only the host's first namespace may; elsewhere its value holds too.
    if (tracked > 0 && tracked < CONNTRACK_MAX)
      await this.#host.set("net/netfilter/nf_conntrack_max", String(CONNTRACK_MAX)).catch(() => {});
  }

  /** Keeps what the maps hold; only a table of another version of Wherry is made anew. */
  async #ensureTable(config: NodeNetworkConfig, filtered: boolean): Promise<void> {
    const rules = baseRules(this.#names, config, filtered);
    const { code, stderr } = await this.#host.try("nft", ["-f", "-"], rules);
    if (code === 0) return;
    this.#log.warn("the service tables have another shape; making them anew", { reason: stderr.trim() });
    const { table } = this.#names;
    await this.#host.run("nft", ["-f", "-"], `add table ip ${table}\ndelete table ip ${table}\n${rules}`);
  }
}

function sameConfig(a: NodeNetworkConfig, b: NodeNetworkConfig): boolean {
  return (Object.keys(a) as (keyof NodeNetworkConfig)[]).every((key) => a[key] === b[key]);
}

/** The network of this host's kernel. */
export function createLinuxNetwork(options: LinuxNetworkOptions): LinuxNetwork {
  return new LinuxNetwork(options);
}
