import { conflict, hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import type { ApiObject, KindDefinition, LabelSelector } from "@wherry/machinery";
import { adoptPatch, planClaim, releasePatch } from "./claim.ts";
import { BY_CONTROLLER, ORPHANS } from "./indexes.ts";

/** Who claims, and what. */
export interface Claim<Owner extends ApiObject, O extends ApiObject> {
  ownerKind: KindDefinition<Owner>;
  owner: Owner;
  kind: KindDefinition<O>;
  selector: LabelSelector;
  /** Candidates it says false for are left as they are. */
  only?: (o: O) => boolean;
  /** What is adopted gets it, what is released loses it. */
  finalizer?: string;
}

/**
 * Gives the objects that belong to the owner, after adopting and releasing what has to be. Needs the `ownershipIndexes` on the claimed kind. Before it
 * adopts it reads the owner afresh, and throws a Conflict when the owner was replaced or is being deleted.
 */
export async function claim<Owner extends ApiObject, O extends ApiObject>(ctx: ControllerContext, c: Claim<Owner, O>): Promise<O[]> {
  const lister = ctx.lister(c.kind);
  const candidates = [...lister.byIndex(BY_CONTROLLER, c.owner.metadata.uid), ...lister.byIndex(ORPHANS, c.owner.metadata.namespace ?? "")];
  const plan = planClaim(c.owner, c.selector, c.only ? candidates.filter(c.only) : candidates);
  if (plan.adopt.length > 0) await mustStillBe(ctx, c.ownerKind, c.owner);
  const adopted = await Promise.all(plan.adopt.map((o) => write(ctx, c.kind, o, adoptPatch(c.owner, o, c.finalizer))));
  await Promise.all(plan.release.map((o) => write(ctx, c.kind, o, releasePatch(c.owner, o, c.finalizer))));
  return [...plan.keep, ...adopted.filter((o) => o !== undefined)];
}

async function mustStillBe<O extends ApiObject>(ctx: ControllerContext, kind: KindDefinition<O>, owner: O): Promise<void> {
  const { name, namespace, uid } = owner.metadata;
  const fresh = await ctx.client.get(kind, { name, ...(namespace && { namespace }) });
  const resource = { group: kind.group, resource: kind.plural };
  if (fresh.metadata.uid !== uid) throw conflict(resource, name, `it was replaced: its uid is now ${fresh.metadata.uid}, not ${uid}`);
  if (fresh.metadata.deletionTimestamp) throw conflict(resource, name, `it has been deleted at ${fresh.metadata.deletionTimestamp}`);
}

/** Gives undefined when the object is gone or was replaced: then there is nothing to claim. */
async function write<O extends ApiObject>(ctx: ControllerContext, kind: KindDefinition<O>, o: O, body: object): Promise<O | undefined> {
  const { name, namespace } = o.metadata;
  try {
    const written = await ctx.client.patch(kind, { name, ...(namespace && { namespace }) }, { type: "strategic", body });
    ctx.wrote(kind, written);
    return written;
  } catch (error) {
    if (hasReason(error, "NotFound") || hasReason(error, "Invalid")) return undefined;
    throw error;
  }
}
