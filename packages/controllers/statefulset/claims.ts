import { PersistentVolumeClaim, type Pod, StatefulSet } from "@wherry/api";
import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import { type ApiObject, apiVersionOf, deepEqual, type OwnerReference } from "@wherry/machinery";
import { messageOf } from "../pods/pod-control.ts";
import { claimName, claimsFor, podName } from "./identity.ts";

/** Makes the claims of an ordinal that are not there yet. Throws when one cannot be made, after telling so in the set's events. */
export async function ensureClaims(ctx: ControllerContext, set: StatefulSet, ordinal: number): Promise<void> {
  for (const claim of claimsFor(set, ordinal)) {
    const { name = "", namespace } = claim.metadata;
    const there = ctx.lister(PersistentVolumeClaim).get(name, namespace);
    const where = `Claim ${name} Pod ${podName(set, ordinal)} in StatefulSet ${set.metadata.name}`;
    if (there?.metadata.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`);
    if (there) continue;
    try {
      const wanted = ownersOf(set, undefined);
      const metadata = { ...claim.metadata, ...(wanted.length > 0 && { ownerReferences: wanted }) };
      ctx.wrote(PersistentVolumeClaim, await ctx.client.create(PersistentVolumeClaim, { ...claim, metadata }));
      ctx.events.event(set, "Normal", "SuccessfulCreate", `create ${where} success`);
    } catch (error) {
      if (hasReason(error, "AlreadyExists")) continue;
      ctx.events.event(set, "Warning", "FailedCreate", `create ${where} failed error: ${messageOf(error)}`);
      throw error;
    }
  }
}

/**
 * Lets the claims of an ordinal go with whom `spec.persistentVolumeClaimRetentionPolicy` says: the set, the pod that is scaled away, or nobody.
 * Source: KEP-1847, stateful_set_utils.go updateClaimOwnerRefForSetAndPod.
 */
export async function keepClaimOwners(ctx: ControllerContext, set: StatefulSet, ordinal: number, condemned?: Pod): Promise<void> {
  const { namespace } = set.metadata;
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const claim = ctx.lister(PersistentVolumeClaim).get(claimName(set, template, ordinal), namespace);
    if (!claim) continue;
    const given = claim.metadata.ownerReferences ?? [];
    const others = given.filter(
      (owner) => owner.uid !== set.metadata.uid && !(owner.kind === "Pod" && owner.name === podName(set, ordinal)),
    );
    const ownerReferences = [...others, ...ownersOf(set, condemned)];
    if (deepEqual(given, ownerReferences)) continue;
    const { metadata, ...rest } = claim;
    const next = { ...rest, metadata: { ...metadata, ownerReferences } };
    ctx.wrote(PersistentVolumeClaim, await ctx.client.update(PersistentVolumeClaim, next));
  }
}

function ownersOf(set: StatefulSet, condemned: Pod | undefined): OwnerReference[] {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (condemned && whenScaled === "Delete") return [reference("v1", "Pod", condemned)];
  return whenDeleted === "Delete" ? [reference(apiVersionOf(StatefulSet), StatefulSet.kind, set)] : [];
}

const reference = (apiVersion: string, kind: string, { metadata: { name, uid } }: ApiObject): OwnerReference => ({
  ...{ apiVersion, kind, name, uid },
});
