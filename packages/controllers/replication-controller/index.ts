import { type ReplicaSet, ReplicationController } from "@wherry/api";
import type { Controller } from "@wherry/engine";
import { replicaController } from "../replicaset/index.ts";

/** Keeps the wanted number of pods of every ReplicationController, as if it were a ReplicaSet. Source: pkg/controller/replication. */
export function replicationControllerController(): Controller {
  return replicaController({ kind: ReplicationController, name: "replication-controller", view: asReplicaSet });
}

/** The ReplicaSet that selects and does the same; metadata and status are the object's own. Source: replication/conversion.go. */
export function asReplicaSet({ metadata, spec, status }: ReplicationController): ReplicaSet {
  const selector = { matchLabels: spec.selector ?? {} };
  const { replicas = 1, minReadySeconds = 0, template } = spec;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata,
    spec: { replicas, minReadySeconds, selector, ...(template && { template }) },
    ...(status && { status }),
  };
}
