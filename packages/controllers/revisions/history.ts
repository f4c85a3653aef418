import { ControllerRevision, type PodTemplateSpec } from "@wherry/api";
import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import type { ApiObject, KindDefinition, LabelSelector } from "@wherry/machinery";
import { claim } from "../ownership/apply-claim.ts";
import { sameTemplate } from "../pods/same-template.ts";
import { beyondLimit, newRevision, planRevision, type RevisionStep, templateOf } from "./revision.ts";

/** Whose history is kept. */
export interface HistoryOwner<Owner extends ApiObject> {
  kind: KindDefinition<Owner>;
  owner: Owner;
  selector: LabelSelector;
  template: PodTemplateSpec;
  hashLabel: string;
  /** Names that were taken by other templates so far. */
  collisions: number;
}

/** What there is after `keepHistory`. */
export interface History {
  /** The one of the present template. */
  current: ControllerRevision;
  /** Every other one, in no order. */
  others: ControllerRevision[];
  /** Larger than before when a name was taken by another template: to be kept in the owner's status. */
  collisions: number;
}

/** Claims the revisions of the owner and makes one of its present template the newest. Needs the `ownershipIndexes` on ControllerRevision. */
export async function keepHistory<Owner extends ApiObject>(ctx: ControllerContext, of: HistoryOwner<Owner>): Promise<History> {
  const { kind, owner, selector } = of;
  const revisions = await claim(ctx, { ownerKind: kind, owner, kind: ControllerRevision, selector });
  const step = planRevision(revisions, of.template);
  const { current, collisions } = await take(ctx, of, step);
  return { current, others: revisions.filter(({ metadata }) => metadata.uid !== current.metadata.uid), collisions };
}

/** Deletes the oldest revisions beyond `limit` that no pod is of. */
export async function cutHistory(
  ctx: ControllerContext,
  history: readonly ControllerRevision[],
  live: ReadonlySet<string>,
  limit: number,
): Promise<void> {
  for (const { metadata } of beyondLimit(history, live, limit)) {
    const at = { name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
    try {
      ctx.wrote(ControllerRevision, await ctx.client.delete(ControllerRevision, at, { preconditions: { uid: metadata.uid } }));
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

async function take<Owner extends ApiObject>(
  ctx: ControllerContext,
  of: HistoryOwner<Owner>,
  step: RevisionStep,
): Promise<Omit<History, "others">> {
  if (step.do === "keep") return { current: step.revision, collisions: of.collisions };
  if (step.do === "renumber") {
    const current = await ctx.client.update(ControllerRevision, { ...step.revision, revision: step.to });
    ctx.wrote(ControllerRevision, current);
    return { current, collisions: of.collisions };
  }
  return create(ctx, of, step.number);
}

/** A name that another template has is tried again with the next count; one that this template has already is taken as it is. */
async function create<Owner extends ApiObject>(
  ctx: ControllerContext,
  { owner, template, hashLabel, collisions: before }: HistoryOwner<Owner>,
  revision: number,
): Promise<Omit<History, "others">> {
  for (let collisions = before; ; collisions++) {
    const draft = newRevision({ owner, template, collisions, revision, hashLabel });
    try {
      const current = await ctx.client.create(ControllerRevision, draft);
      ctx.wrote(ControllerRevision, current);
      return { current, collisions };
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
      const { name = "", namespace } = draft.metadata;
      const there = await ctx.client.get(ControllerRevision, { name, ...(namespace && { namespace }) });
      if (sameTemplate(template, templateOf(there))) return { current: there, collisions };
    }
  }
}
