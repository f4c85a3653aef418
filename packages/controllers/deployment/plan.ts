import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from "@wherry/api";
import { deepEqual, type NewObject } from "@wherry/machinery";
import { beyondHistory } from "./cleanup.ts";
import { conditionOf, withCondition } from "./conditions.ts";
import { type Draft, draftOf, isActiveDraft } from "./draft.ts";
import { boundsOf } from "./fenceposts.ts";
import { draftNew, replicaSetOf } from "./new-replica-set.ts";
import { hasDeadline, isComplete, pauseConditions, progressConditions, untilDeadline } from "./progress.ts";
import { scaleProportionally } from "./proportional.ts";
import { dropOld, oldPodsRun } from "./recreate.ts";
import { DESIRED_REPLICAS, findNewest, newestAnnotations, nextRevision, REVISION, sizeAnnotations } from "./revision.ts";
import { stepRolling } from "./rolling.ts";
import { deploymentStatus, failureConditions } from "./status.ts";

/** What one reconcile works with: taken from listers, never changed. */
export interface DeploymentSnapshot {
  deployment: Deployment;
  /** Those that it controls. */
  replicaSets: readonly ReplicaSet[];
  /** How many pods of the ReplicaSet with this uid have not ended, terminating ones included. */
  runningPods: (uid: string) => number;
}

/** A ReplicaSet to write, and how its size changes. */
export interface ReplicaSetUpdate {
  replicaSet: ReplicaSet;
  scaled?: { from: number; to: number };
}

/** What to do, in this order; the status is what holds after it. */
export interface DeploymentPlan {
  create?: NewObject<ReplicaSet>;
  update: ReplicaSetUpdate[];
  delete: ReplicaSet[];
  /** The Deployment's revision annotation, when it has to change. */
  revision?: string;
  /** Absent when the stored one is right. */
  status?: DeploymentStatus;
  /** When to look again, if nothing happens before. */
  requeueAfterMs?: number;
}

/** A reconcile's state while it is planned: the drafts and the conditions change in place. */
interface Work extends DeploymentSnapshot {
  newest: Draft | undefined;
  old: Draft[];
  conditions: DeploymentCondition[];
  remove: ReplicaSet[];
  /** Whether this is a rollout's step, and Progressing is to be judged. */
  rollout: boolean;
  now: number;
}

/** One step towards what the Deployment asks for. Source: deployment_controller.go syncDeployment. */
export function planDeployment(snapshot: DeploymentSnapshot, now: number): DeploymentPlan {
  const d = snapshot.deployment;
  const drafts = snapshot.replicaSets.map(draftOf);
  const newest = findNewest(d, drafts);
  const old = drafts.filter((draft) => draft !== newest);
  const conditions = d.status?.conditions ?? [];
  const work: Work = { ...snapshot, newest, old, conditions, remove: [], rollout: false, now };
  if (!d.metadata.deletionTimestamp) step(work);
  return finish(work);
}

function step(work: Work): void {
  const d = work.deployment;
  work.conditions = pauseConditions(d, work.conditions, work.now);
  if (work.newest) markNewest(work, work.newest);
  if (d.spec.paused || isScaling(work)) rescale(work);
  else if (d.spec.strategy?.type === "Recreate") recreate(work);
  else roll(work);
  const before = new Map(work.replicaSets.map((rs) => [rs.metadata.name, rs.spec.replicas ?? 1]));
  for (const draft of draftsOf(work)) {
    if (draft.source && draft.replicas !== before.get(draft.name)) draft.annotations = { ...draft.annotations, ...sizeAnnotations(d) };
  }
}

const draftsOf = (work: Work): Draft[] => [...work.old, ...(work.newest ? [work.newest] : [])];

function markNewest({ deployment: d, old }: Work, newest: Draft): void {
  newest.annotations = newestAnnotations(d, newest.annotations, nextRevision(old));
  newest.minReadySeconds = d.spec.minReadySeconds ?? 0;
}

/** Whether `spec.replicas` changed since the active ReplicaSets were last scaled. Source: sync.go isScalingEvent. */
function isScaling(work: Work): boolean {
  const desired = String(boundsOf(work.deployment).desired);
  return draftsOf(work).some((d) => isActiveDraft(d) && (d.annotations[DESIRED_REPLICAS] ?? desired) !== desired);
}

function rescale(work: Work): void {
  const active = draftsOf(work).filter(isActiveDraft);
  scaleProportionally(work.deployment, work.newest, work.old);
  for (const draft of active) draft.annotations = { ...draft.annotations, ...sizeAnnotations(work.deployment) };
  if (work.deployment.spec.paused) work.remove = beyondHistory(work.deployment, work.old);
}

function roll(work: Work): void {
  work.rollout = true;
  const newest = ensureNewest(work);
  if (!stepRolling(newest, work.old, boundsOf(work.deployment))) cleanUpWhenComplete(work);
}

function recreate(work: Work): void {
  work.rollout = true;
  if (dropOld(work.old) || oldPodsRun(work.old, work.runningPods)) return;
  ensureNewest(work).replicas = boundsOf(work.deployment).desired;
  cleanUpWhenComplete(work);
}

function cleanUpWhenComplete(work: Work): void {
  if (isComplete(work.deployment, work.deployment.status ?? {})) work.remove = beyondHistory(work.deployment, work.old);
}

/** The newest draft; a new one when there is none. The first sign of a rollout that has a deadline is recorded. */
function ensureNewest(work: Work): Draft {
  const found = work.newest;
  const newest = found ?? draftNew(work.deployment, work.old);
  work.newest = newest;
  const reason = found ? "FoundNewReplicaSet" : "NewReplicaSetCreated";
  const message = `${found ? "Found" : "Created"} new replica set "${newest.name}"`;
  if (hasDeadline(work.deployment) && !(found && conditionOf(work.conditions, "Progressing"))) {
    work.conditions = withCondition(work.conditions, { type: "Progressing", status: "True", reason, message }, work.now);
  }
  return newest;
}

function finish(work: Work): DeploymentPlan {
  const { deployment: d, newest, remove, now } = work;
  const status = statusOf(work);
  const revision = newest?.annotations[REVISION];
  const wait = untilDeadline(d, status, now);
  return {
    ...(newest && !newest.source && { create: replicaSetOf(d, newest) }),
    update: draftsOf(work).flatMap((draft) => updateOf(draft) ?? []),
    delete: remove,
    ...(revision && revision !== d.metadata.annotations?.[REVISION] && { revision }),
    ...(!deepEqual(status, d.status ?? {}) && { status }),
    ...(wait !== undefined && { requeueAfterMs: wait }),
  };
}

function statusOf(work: Work): DeploymentStatus {
  const { deployment: d, newest, now } = work;
  const all = draftsOf(work);
  const counted = deploymentStatus(d, all, newest, work.conditions, now);
  if (!work.rollout) return counted;
  const progress = progressConditions(d, d.status ?? {}, counted, newest?.name, now);
  return { ...counted, conditions: failureConditions(progress, all, newest, now) };
}

function updateOf({ source, replicas, minReadySeconds, annotations }: Draft): ReplicaSetUpdate | undefined {
  if (!source) return undefined;
  const from = source.spec.replicas ?? 1;
  const same = from === replicas && (source.spec.minReadySeconds ?? 0) === minReadySeconds;
  if (same && deepEqual(annotations, source.metadata.annotations ?? {})) return undefined;
  const spec = { ...source.spec, replicas, minReadySeconds };
  const replicaSet = { ...source, metadata: { ...source.metadata, annotations: { ...annotations } }, spec };
  return { replicaSet, ...(from !== replicas && { scaled: { from, to: replicas } }) };
}
