import type { EndpointSlice, Event, Lease, LimitRange, Pod, ReplicaSet, ResourceQuota, Secret, Service } from "@wherry/api";
import type { Client } from "@wherry/client";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import { definitionOf } from "../resource-catalogue.ts";

/** What a description may look at beside the object itself. */
export interface Surroundings {
  readonly client: Client;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether the object's events are wanted. */
  readonly showEvents: boolean;
}

/** What describers look up, addressed without asking the server what it serves. */
export const LOOKUP = {
  events: kind<Event>("", "Event", "events"),
  pods: kind<Pod>("", "Pod", "pods"),
  services: kind<Service>("", "Service", "services"),
  secrets: kind<Secret>("", "Secret", "secrets"),
  resourceQuotas: kind<ResourceQuota>("", "ResourceQuota", "resourcequotas"),
  limitRanges: kind<LimitRange>("", "LimitRange", "limitranges"),
  replicaSets: kind<ReplicaSet>("apps", "ReplicaSet", "replicasets"),
  endpointSlices: kind<EndpointSlice>("discovery.k8s.io", "EndpointSlice", "endpointslices"),
  leases: kind<Lease>("coordination.k8s.io", "Lease", "leases"),
};

function kind<O extends ApiObject>(group: string, name: string, plural: string): KindDefinition<O> {
  const resource = {
    group,
    version: "v1",
    kind: name,
    name: plural,
    singularName: name.toLowerCase(),
    namespaced: true,
    preferred: true,
    verbs: [],
  };
  return definitionOf(resource) as KindDefinition<O>;
}
