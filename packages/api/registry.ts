import { type KindDefinition, Registry } from "@wherry/machinery";
import { definitions } from "./definitions.ts";
import { Deployment } from "./kinds/apps/deployment.ts";
import { ReplicaSet } from "./kinds/apps/replicaset.ts";
import { Lease } from "./kinds/coordination/lease.ts";
import { ConfigMap } from "./kinds/core/configmap.ts";
import { Endpoints } from "./kinds/core/endpoints.ts";
import { Event } from "./kinds/core/event.ts";
import { Namespace } from "./kinds/core/namespace.ts";
import { Node } from "./kinds/core/node.ts";
import { Pod } from "./kinds/core/pod.ts";
import { Secret } from "./kinds/core/secret.ts";
import { Service } from "./kinds/core/service.ts";
import { ServiceAccount } from "./kinds/core/serviceaccount.ts";
import { EndpointSlice } from "./kinds/discovery/endpointslice.ts";

/** Every kind that is served. */
export const kinds: readonly KindDefinition[] = [
  ConfigMap,
  Deployment,
  EndpointSlice,
  Endpoints,
  Event,
  Lease,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Secret,
  Service,
  ServiceAccount,
];

/** The kinds with their schemas. */
export const registry = new Registry(definitions, kinds);
