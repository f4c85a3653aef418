import {
  bestVolume,
  isPromisedTo,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
  storageClassOf,
  whyUnfit,
} from "@wherry/api";
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  NO_PROVISIONER,
  OLD_STORAGE_PROVISIONER,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
} from "./annotations.ts";
import { boundClaim, boundVolume, unboundClaim } from "./bind.ts";
import { normal, type Plan, type PlannedEvent, warning } from "./plan.ts";

/** What is known around a claim. */
export interface ClaimWorld {
  /** The volume that `spec.volumeName` names. */
  named: PersistentVolume | undefined;
  /** Volumes that are promised to the claim, and those of its class that are promised to nobody. */
  candidates: readonly PersistentVolume[];
  /** The class that the claim names. */
  storageClass: StorageClass | undefined;
  /** The class that a claim without one gets. */
  defaultClass: StorageClass | undefined;
  /** Names of pods that want the claim and have no node yet. */
  waitingPods: readonly string[];
  /** The node of a pod that wants the claim and was placed without the scheduler's help, or before it knew of the claim. */
  podNode: string | undefined;
}

/** The next step of a claim. Source: pkg/controller/volume/persistentvolume `syncClaim`. */
export function planClaim(claim: PersistentVolumeClaim, world: ClaimWorld): Plan {
  if (claim.metadata.annotations?.[BIND_COMPLETED]) return planBound(claim, world.named);
  if (claim.metadata.deletionTimestamp) return {};
  if (claim.spec.volumeName) return planNamed(claim, claim.spec.volumeName, world.named);
  const delayed = isDelayed(world.storageClass) && !claim.metadata.annotations?.[SELECTED_NODE];
  const volume = bestVolume(claim, world.candidates, delayed);
  if (volume) return bind(claim, volume);
  return planWithoutVolume(claim, world, delayed);
}

const isDelayed = (storageClass: StorageClass | undefined): boolean => storageClass?.volumeBindingMode === "WaitForFirstConsumer";

const bind = (claim: PersistentVolumeClaim, volume: PersistentVolume): Plan => {
  const taken = boundVolume(volume, claim);
  return { volume: taken, claim: boundClaim(claim, taken) };
};

const pending = (claim: PersistentVolumeClaim, ...events: PlannedEvent[]): Plan => ({ claim: unboundClaim(claim, "Pending"), events });

/** Source: upstream `syncBoundClaim`. */
function planBound(claim: PersistentVolumeClaim, volume: PersistentVolume | undefined): Plan {
  const lost = (reason: string, message: string): Plan => ({
    claim: unboundClaim(claim, "Lost"),
    // Told once: the phase says it from then on.
    events: claim.status?.phase === "Lost" ? [] : [warning("claim", reason, message)],
  });
  if (!claim.spec.volumeName) return lost("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
  if (!volume) return lost("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  if (!volume.spec.claimRef || isPromisedTo(volume, claim)) return bind(claim, volume);
  return lost("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
}

/** The user, or an earlier half of this controller's work, asks for this volume and no other. */
function planNamed(claim: PersistentVolumeClaim, name: string, volume: PersistentVolume | undefined): Plan {
  if (!volume) return pending(claim);
  if (isPromisedTo(volume, claim)) return bind(claim, volume);
  if (volume.spec.claimRef) {
    const ours = claim.metadata.annotations?.[BOUND_BY_CONTROLLER];
    return ours
      ? pending(claim)
      : pending(claim, warning("claim", "FailedBinding", `volume "${name}" already bound to a different claim.`));
  }
  const why = whyUnfit(volume, claim);
  if (!why) return bind(claim, volume);
  return pending(claim, warning("claim", "VolumeMismatch", `Cannot bind to requested volume "${name}": ${why}`));
}

function planWithoutVolume(claim: PersistentVolumeClaim, world: ClaimWorld, delayed: boolean): Plan {
  const className = storageClassOf(claim);
  if (className === undefined && world.defaultClass) {
    const spec = { ...claim.spec, storageClassName: world.defaultClass.metadata.name };
    return { claim: { ...claim, spec } };
  }
  if (delayed) return planDelayed(claim, world);
  if (className) return planProvisioning(claim, className, world.storageClass);
  return pending(claim, normal("claim", "FailedBinding", "no persistent volumes available for this claim and no storage class is set"));
}

/** A pod that has a node already will get none that suits its claim better: that node is selected, where the volume is to be made. */
function planDelayed(claim: PersistentVolumeClaim, { podNode, storageClass, waitingPods }: ClaimWorld): Plan {
  if (!podNode || storageClass?.provisioner === NO_PROVISIONER) return pending(claim, waitingFor(waitingPods));
  const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: podNode };
  return pending({ ...claim, metadata: { ...claim.metadata, annotations } });
}

/** Source: upstream `emitEventForUnboundDelayBindingClaim`. */
function waitingFor(pods: readonly string[]): PlannedEvent {
  if (pods.length > 1) return normal("claim", "WaitForPodScheduled", `waiting for pods ${pods.join(",")} to be scheduled`);
  if (pods.length === 1) return normal("claim", "WaitForPodScheduled", `waiting for pod ${pods[0]} to be scheduled`);
  return normal("claim", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
}

/** Source: upstream `provisionClaimOperationExternal`. */
function planProvisioning(claim: PersistentVolumeClaim, className: string, storageClass: StorageClass | undefined): Plan {
  if (!storageClass) return pending(claim, warning("claim", "ProvisioningFailed", `storageclass.storage.k8s.io "${className}" not found`));
  const { provisioner } = storageClass;
  if (provisioner === NO_PROVISIONER)
    return pending(claim, warning("claim", "ProvisioningFailed", `no volume plugin matched name: ${NO_PROVISIONER}`));
  const annotations = { ...claim.metadata.annotations, [OLD_STORAGE_PROVISIONER]: provisioner, [STORAGE_PROVISIONER]: provisioner };
  const asked = { ...claim, metadata: { ...claim.metadata, annotations } };
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  return pending(asked, normal("claim", "ExternalProvisioning", message));
}
