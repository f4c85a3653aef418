import type { Node, Service } from "@wherry/api";
import type { Clock, Logger } from "@wherry/base";
import type { Client, Lister } from "@wherry/client";
import type { EventRecorder } from "@wherry/engine";
import type { NetworkDriver } from "@wherry/network";
import type { ContainerRuntime, ContainerStreams } from "@wherry/runtime";
import type { Allocatable } from "../env/resource-field.ts";
import type { ResolverConfig } from "../files/resolv-conf.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { PodObjectWatchers } from "../objects/pod-objects.ts";
import type { Prober } from "../probes/prober.ts";
import type { SandboxPool } from "../sandbox-pool/sandbox-pool.ts";
import type { TokenKeeper } from "../tokens/token-keeper.ts";
import type { DirectoryKeeper } from "../volumes/local-path/directory-keeper.ts";
import type { Mounter } from "../volumes/mounter.ts";
import type { ExclusiveClaims } from "../volumes/persistent-volume-claim/exclusive-claims.ts";
import type { EngineGate } from "./engine-gate.ts";
import type { Inventory } from "./inventory.ts";

/** What all pods of a node share. */
export interface PodContext extends PodObjectWatchers {
  client: Client;
  clock: Clock;
  log: Logger;
  events: EventRecorder;
  runtime: ContainerRuntime;
  streams: ContainerStreams;
  network: NetworkDriver;
  mounter: Mounter;
  inventory: Inventory;
  pool: SandboxPool;
  images: ImageStore;
  prober: Prober;
  directories: DirectoryKeeper;
  tokens: TokenKeeper;
  exclusiveClaims: ExclusiveClaims;
  services: Lister<Service>;
  nodeName: string;
  nodeIP: string;
  dataDir: string;
  clusterDNS: string;
  clusterDomain: string;
  /** The node's own resolver. */
  resolver: ResolverConfig;
  /** This node's own object. */
  node(): Node;
  allocatable(): Allocatable;
  memoryBytes: number;
  /** What makes or starts something on the engine goes through here. */
  engine: EngineGate;
  /** Runs a call that nobody waits for, such as a removal, behind what somebody does. */
  background<T>(call: () => Promise<T>): Promise<T>;
}
