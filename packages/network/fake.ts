import type { Socket } from "node:net";
import { dialLocalhost } from "./dial-localhost.ts";
import { type Attachment, type NetworkDriver, NetworkError, type NodeNetworkConfig, type Peer, type ServicePort } from "./driver.ts";
import { AddressPool } from "./ipam.ts";

/** A network without a kernel, for hollow nodes and unit tests: it keeps the books, and moves no packets. */
export class FakeNetwork implements NetworkDriver {
  /** What `applyServices` said last. */
  services: readonly ServicePort[] = [];
  /** What `applyPeers` said last. */
  peers: readonly Peer[] = [];
  config: NodeNetworkConfig | undefined;
  /** How often `setup` was called. */
  setups = 0;
  /** Set it to make `setup` fail. */
  setupError: string | undefined;
  /** Set it to make the next `attach` calls fail. */
  attachError: string | undefined;
  readonly #attachments = new Map<string, Attachment>();
  #pool: AddressPool | undefined;

  async setup(config: NodeNetworkConfig): Promise<void> {
    this.setups++;
    if (this.setupError) throw new NetworkError(this.setupError);
    if (this.config?.podCIDR === config.podCIDR && this.#pool) return;
    this.config = config;
    this.#pool = new AddressPool(config.podCIDR);
    for (const { id, ip } of this.#attachments.values()) this.#pool.claim(id, ip);
  }

  async attach(id: string, _pid: number): Promise<Attachment> {
    if (this.attachError) throw new NetworkError(this.attachError);
    if (!this.#pool) throw new NetworkError("attach before setup: call setup first");
    const attachment = { id, ip: this.#pool.allocate(id), gateway: this.#pool.gateway };
    this.#attachments.set(id, attachment);
    return attachment;
  }

  async detach(id: string): Promise<void> {
    this.#attachments.delete(id);
    this.#pool?.release(id);
  }

  async attachments(): Promise<readonly Attachment[]> {
    return [...this.#attachments.values()];
  }

  async applyServices(services: readonly ServicePort[]): Promise<void> {
    this.services = services;
  }

  async applyPeers(peers: readonly Peer[]): Promise<void> {
    this.peers = peers;
  }

  /** Every pod's `localhost` is this machine's. */
  dial(_pid: number | "host", port: number): Promise<Socket> {
    return dialLocalhost(port);
  }

  async teardown(): Promise<void> {
    this.#attachments.clear();
    this.services = [];
    this.peers = [];
    this.config = undefined;
    this.#pool = undefined;
  }
}
