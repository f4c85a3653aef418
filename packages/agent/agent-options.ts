import type { Clock, Logger } from "@wherry/base";
import type { Client } from "@wherry/client";
import type { NetworkDriver } from "@wherry/network";
import type { ContainerRuntime, ContainerStreams } from "@wherry/runtime";
import type { Mounter } from "./volumes/mounter.ts";

/** What an agent is made from. Addresses and ranges are IPv4. */
export interface AgentOptions {
  client: Client;
  runtime: ContainerRuntime;
  streams: ContainerStreams;
  network: NetworkDriver;
  /** The cluster's name: devices and rules of the network carry it. `wherry` when absent. */
  cluster?: string;
  nodeName: string;
  nodeIP: string;
  /** Where the node keeps its pods' files. Mounts appear below it. */
  dataDir: string;
  /** The cluster's DNS address. */
  clusterDNS: string;
  clusterDomain: string;
  clusterCIDR: string;
  serviceCIDR: string;
  clock: Clock;
  log: Logger;
  /** Stops the agent, as `stop` does. */
  signal: AbortSignal;
  /** PEM: the server's own certificate, and the authority of the clients it takes. */
  tls: { cert: string; key: string; clientCa: string };
  /** Where logs and exec are served; 0 = any free port. */
  port: number;
  /** The address that port is on; all when absent. */
  host?: string;
  /** How many sandboxes wait for pods; 4 when absent. */
  warmSandboxes?: number;
  /** The kubelet version that the node claims; that of the API spoken when absent. */
  version?: string;
  /** The host's mount table; the real one when absent. */
  mounter?: Mounter;
}

/** A running agent. */
export interface AgentHandle {
  /** Resolves when the node is Ready; rejects when it cannot come up, or is stopped before. */
  ready: Promise<void>;
  /** Stops the agent; containers go on running, and the next agent takes them over. */
  stop(): Promise<void>;
}
