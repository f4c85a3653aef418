import type { ServicePort } from "../driver.ts";

/** What of a service port it really gets: an address and port, or a node port, can be only one service's. */
export interface Claim {
  /** The service port without what belongs to others. */
  port: ServicePort;
  keys: readonly string[];
  /** Something was left out. */
  partial: boolean;
}

/** Who owns which address and port. */
export class Claims {
  readonly #owners = new Map<string, string>();

  /** Takes what is free. */
  take(port: ServicePort): Claim {
    const addresses = port.addresses.filter((address) => this.#take(`${address} ${port.protocol} ${port.port}`, port.id));
    const hasNodePort = port.nodePort !== undefined && this.#take(`* ${port.protocol} ${port.nodePort}`, port.id);
    const { nodePort, ...rest } = port;
    return {
      port: { ...rest, addresses, ...(hasNodePort && { nodePort: nodePort! }) },
      keys: [
        ...addresses.map((address) => `${address} ${port.protocol} ${port.port}`),
        ...(hasNodePort ? [`* ${port.protocol} ${nodePort}`] : []),
      ],
      partial: addresses.length < port.addresses.length || (nodePort !== undefined && !hasNodePort),
    };
  }

  release(claim: Claim): void {
    for (const key of claim.keys) this.#owners.delete(key);
  }

  #take(key: string, id: string): boolean {
    const owner = this.#owners.get(key);
    if (owner !== undefined) return owner === id;
    this.#owners.set(key, id);
    return true;
  }
}
