import { Deployment, type DeploymentStatus, ReplicaSet } from "@wherry/api";
import { conflict, hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import { controllerOf, type NewObject } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";
import { sameTemplate } from "../pods/same-template.ts";
import { withCondition } from "./conditions.ts";
import type { DeploymentPlan, ReplicaSetUpdate } from "./plan.ts";
import { hasDeadline } from "./progress.ts";
import { REVISION } from "./revision.ts";

/** Carries a plan out. Stops at the first failure: nothing old is scaled down when the new ReplicaSet could not be made. */
export async function applyDeploymentPlan(ctx: ControllerContext, d: Deployment, plan: DeploymentPlan): Promise<void> {
  if (plan.create && !(await createReplicaSet(ctx, d, plan.create))) return;
  for (const update of plan.update) await updateReplicaSet(ctx, d, update);
  await Promise.all(plan.delete.map((rs) => deleteReplicaSet(ctx, rs)));
  const annotated = plan.revision ? await annotate(ctx, d, plan.revision) : d;
  if (plan.status) await writeStatus(ctx, annotated, plan.status);
}

/** Gives false when the namespace is on its way out: there is no rollout then. */
async function createReplicaSet(ctx: ControllerContext, d: Deployment, rs: NewObject<ReplicaSet>): Promise<boolean> {
  try {
    const created = await ctx.client.create(ReplicaSet, rs);
    ctx.wrote(ReplicaSet, created);
    const { replicas = 0 } = rs.spec;
    if (replicas > 0) ctx.events.event(d, "Normal", "ScalingReplicaSet", `Scaled up replica set ${created.metadata.name} to ${replicas}`);
    return true;
  } catch (error) {
    if (isNamespaceTerminating(error)) return false;
    if (hasReason(error, "AlreadyExists")) await resolveCollision(ctx, d, rs);
    else await reportCreateError(ctx, d, rs.metadata.name ?? "", error);
    throw error;
  }
}

/** A name is taken: by our own ReplicaSet that we have not seen yet (then a retry finds it), or by a hash collision (then the next hash differs). */
async function resolveCollision(ctx: ControllerContext, d: Deployment, rs: NewObject<ReplicaSet>): Promise<void> {
  const { name = "", namespace } = rs.metadata;
  const taken = await ctx.client.get(ReplicaSet, { name, ...(namespace && { namespace }) });
  ctx.wrote(ReplicaSet, taken);
  const ours = controllerOf(taken)?.uid === d.metadata.uid && sameTemplate(d.spec.template, taken.spec.template);
  if (!ours) await writeStatus(ctx, d, { ...d.status, collisionCount: (d.status?.collisionCount ?? 0) + 1 });
  const why = ours ? "it was created a moment ago" : "another replica set has the name of the next one";
  throw conflict({ group: "apps", resource: "replicasets" }, name, why);
}

async function reportCreateError(ctx: ControllerContext, d: Deployment, name: string, error: unknown): Promise<void> {
  const reason = "ReplicaSetCreateError";
  const message = `Failed to create new replica set "${name}": ${error instanceof Error ? error.message : String(error)}`;
  ctx.events.event(d, "Warning", reason, message);
  if (!hasDeadline(d)) return;
  const finding = { type: "Progressing", status: "False", reason, message } as const;
  const conditions = withCondition(d.status?.conditions ?? [], finding, ctx.clock.now());
  await writeStatus(ctx, d, { ...d.status, conditions });
}

async function updateReplicaSet(ctx: ControllerContext, d: Deployment, { replicaSet, scaled }: ReplicaSetUpdate): Promise<void> {
  ctx.wrote(ReplicaSet, await ctx.client.update(ReplicaSet, replicaSet));
  if (!scaled) return;
  const way = scaled.to > scaled.from ? "up" : "down";
  const message = `Scaled ${way} replica set ${replicaSet.metadata.name} to ${scaled.to} from ${scaled.from}`;
  ctx.events.event(d, "Normal", "ScalingReplicaSet", message);
}

async function deleteReplicaSet(ctx: ControllerContext, rs: ReplicaSet): Promise<void> {
  const { name, namespace, uid, resourceVersion } = rs.metadata;
  try {
    const options = { preconditions: { uid, resourceVersion } };
    ctx.wrote(ReplicaSet, await ctx.client.delete(ReplicaSet, { name, ...(namespace && { namespace }) }, options));
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}

async function annotate(ctx: ControllerContext, d: Deployment, revision: string): Promise<Deployment> {
  const { name, namespace, resourceVersion } = d.metadata;
  const body = { metadata: { resourceVersion, annotations: { [REVISION]: revision } } };
  const written = await ctx.client.patch(Deployment, { name, ...(namespace && { namespace }) }, { type: "merge", body });
  ctx.wrote(Deployment, written);
  return written;
}

async function writeStatus(ctx: ControllerContext, d: Deployment, status: DeploymentStatus): Promise<void> {
  ctx.wrote(Deployment, await ctx.client.update(Deployment, { ...d, status }, { subresource: "status" }));
}
