import type { Clock, Logger } from "@wherry/base";
import type { Client, Lister } from "@wherry/client";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import type { ClusterCache } from "../cluster/cluster-cache.ts";
import type { PodsByLabel } from "../cluster/pods-by-label.ts";
import type { ClusterEvent } from "./plugin.ts";
import type { NamespaceLabels } from "./pod-terms.ts";

/** What plugins are made of. */
export interface PluginContext {
  client: Client;
  clock: Clock;
  log: Logger;
  /** Ends everything that waits. */
  signal: AbortSignal;
  /** Nodes and the pods on them. */
  cluster: ClusterCache;
  /** The same pods, by their labels. */
  pods: PodsByLabel;
  namespaceLabels: NamespaceLabels;
  /** Objects of another kind, all of them known before the first pod is placed. */
  lister<O extends ApiObject>(kind: KindDefinition<O>): Lister<O>;
  /** The same; every change of one is an event that may help pods. */
  watch<O extends ApiObject>(kind: KindDefinition<O>): Lister<O>;
  /** Tells of events before parked pods are looked at. */
  onEvent(handler: (event: ClusterEvent) => void): void;
}
