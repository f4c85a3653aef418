import type { Socket } from "node:net";

/** What a node's network is made from. Addresses and ranges are IPv4. */
export interface NodeNetworkConfig {
  /** The cluster's name: all devices, tables and rules carry it, so that clusters live side by side. */
  cluster: string;
  /** This node's slice of the pod range, such as 10.244.0.0/24. */
  podCIDR: string;
  /** The whole cluster's pod range. */
  clusterCIDR: string;
  serviceCIDR: string;
  /** The cluster DNS address, inside the service range: made local to this node. */
  dnsIP: string;
  /** The node's own address, which answers NodePorts. */
  nodeIP: string;
}

/** A pod's place on the network. */
export interface Attachment {
  /** The sandbox's id. */
  id: string;
  ip: string;
  gateway: string;
}

export type Protocol = "TCP" | "UDP" | "SCTP";

/** Where a service port's traffic goes. */
export interface Endpoint {
  ip: string;
  port: number;
}

/** One port of one service, as packets see it. */
export interface ServicePort {
  /** `namespace/name:port`, unique; for messages and comments. */
  id: string;
  protocol: Protocol;
  /** The virtual addresses: cluster IP and external IPs. */
  addresses: readonly string[];
  port: number;
  /** Open on every local address of the node. */
  nodePort?: number;
  /** Ready ones; none = connections are refused at once. */
  endpoints: readonly Endpoint[];
  /** sessionAffinity ClientIP: seconds that a client sticks to its endpoint. */
  affinitySeconds?: number;
}

/** Another node: how to reach its pods. */
export interface Peer {
  node: string;
  podCIDR: string;
  address: string;
}

/**
 * The node's network: pods' addresses, and the virtual addresses of services. All calls are idempotent and may follow a crash at any point;
 * what is in the kernel is the truth.
 */
export interface NetworkDriver {
  /**
   * Makes the bridge, the unreachable routes for the pod and service ranges (first of all: nothing of the cluster's may leak to the uplink), forwarding,
   * masquerading and the empty service tables. Called at each start; keeps everything that is already right, so running pods notice nothing.
   */
  setup(config: NodeNetworkConfig): Promise<void>;
  /** Gives the network namespace of process `pid` an address on the bridge. The same id gets the same address again. */
  attach(id: string, pid: number): Promise<Attachment>;
  /** Takes the address back; no error when there is none. */
  detach(id: string): Promise<void>;
  /** What is attached, read from the kernel. */
  attachments(): Promise<readonly Attachment[]>;
  /** Makes the tables say exactly this; the cost follows the difference to what is there. Atomic. Open connections to endpoints that stay are kept. */
  applyServices(services: readonly ServicePort[]): Promise<void>;
  /** Routes to other nodes' pods. */
  applyPeers(peers: readonly Peer[]): Promise<void>;
  /**
   * Connects to a TCP port at `localhost`, as a process in the network namespace of process `pid` would, or one of the host. Nothing that the other side sends is lost, and each direction
   * ends by itself. Rejects with NetworkError when nobody listens there.
   */
  dial(pid: number | "host", port: number): Promise<Socket>;
  /** Removes every device, route, table and rule of the cluster. */
  teardown(): Promise<void>;
}

/** The kernel or the host cannot do what is asked; the message says what to do. */
export class NetworkError extends Error {
  override name = "NetworkError";
}
