import { kinds as builtinKinds } from "@wherry/api";
import type { Controller } from "@wherry/engine";
import type { KindDefinition } from "@wherry/machinery";
import { apiServiceController } from "./api-services/index.ts";
import { cronJobController } from "./cronjob/index.ts";
import { daemonSetController } from "./daemonset/index.ts";
import { dependsOnController } from "./depends-on/index.ts";
import { deploymentController } from "./deployment/index.ts";
import { disruptionController } from "./disruption/index.ts";
import { endpointsController } from "./endpoints/index.ts";
import { endpointSliceMirroringController } from "./endpointslice-mirroring/index.ts";
import { endpointSliceController } from "./endpointslices/index.ts";
import { ephemeralVolumeController } from "./ephemeral-volumes/index.ts";
import { eventTtlController } from "./event-ttl/index.ts";
import { garbageCollector } from "./garbage-collector/index.ts";
import { jobController } from "./job/index.ts";
import { orphanedJobPodsController } from "./job/orphans.ts";
import { localPathProvisioner } from "./local-path/index.ts";
import { namespaceController } from "./namespace/index.ts";
import { nodeIpamController } from "./node-ipam/index.ts";
import { nodeLifecycleController } from "./node-lifecycle/index.ts";
import { persistentVolumeBinder } from "./persistent-volumes/index.ts";
import { podGarbageCollector } from "./pod-gc/index.ts";
import { replicaSetController } from "./replicaset/index.ts";
import { replicationControllerController } from "./replication-controller/index.ts";
import { restartOnChangeController } from "./restart-on-change/index.ts";
import { rootCAPublisher } from "./root-ca/index.ts";
import { serviceAccountController } from "./service-account/index.ts";
import { serviceAccountTokensController } from "./service-account-tokens/index.ts";
import { statefulSetController } from "./statefulset/index.ts";
import { claimProtection } from "./storage-protection/claims.ts";
import { volumeProtection } from "./storage-protection/volumes.ts";
import { taintEvictionController } from "./taint-eviction/index.ts";
import { ttlAfterFinishedController } from "./ttl-after-finished/index.ts";
import { volumeExpansion } from "./volume-expansion/index.ts";

export interface BuiltinControllersOptions {
  /** The range of all pods, such as `10.244.0.0/16`; each node gets a part of it. */
  clusterCIDR: string;
  /** Bits of a node's part; 24 when absent. */
  nodePrefix?: number;
  /** The PEM that every namespace gets as `kube-root-ca.crt`; not published when absent. */
  caCertificate?: string;
  /** Signs the tokens in Secrets of service accounts, as PEM; such Secrets are not filled when it or the certificate is absent. */
  serviceAccountKey?: string;
  /** The kinds to empty namespaces of and to collect; the built-in ones when absent. */
  kinds?: readonly KindDefinition[];
}

/** All controllers of a control plane. Throws when `clusterCIDR` is no IPv4 range. */
export function builtinControllers(options: BuiltinControllersOptions): Controller[] {
  const { clusterCIDR, nodePrefix, caCertificate, serviceAccountKey } = options;
  // One watch for each resource: in its other versions the objects are the same.
  const kinds = (options.kinds ?? builtinKinds).filter((kind) => !kind.storedAs);
  return [
    deploymentController(),
    daemonSetController(),
    statefulSetController(),
    replicaSetController(),
    replicationControllerController(),
    restartOnChangeController(),
    jobController(),
    cronJobController(),
    disruptionController(),
    orphanedJobPodsController(),
    ttlAfterFinishedController(),
    dependsOnController(),
    endpointsController(),
    endpointSliceController(),
    endpointSliceMirroringController(),
    namespaceController(kinds),
    garbageCollector(kinds),
    nodeLifecycleController(),
    taintEvictionController(),
    podGarbageCollector(),
    nodeIpamController(clusterCIDR, nodePrefix),
    serviceAccountController(),
    ...(caCertificate ? [rootCAPublisher(caCertificate)] : []),
    ...(caCertificate && serviceAccountKey ? [serviceAccountTokensController({ privateKey: serviceAccountKey, caCertificate })] : []),
    apiServiceController(),
    persistentVolumeBinder(),
    localPathProvisioner(),
    ephemeralVolumeController(),
    volumeExpansion(),
    claimProtection(),
    volumeProtection(),
    eventTtlController(),
  ];
}
