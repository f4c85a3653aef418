import type { Deployment } from "@wherry/api";
import { sameTemplate } from "../pods/same-template.ts";
import { OBSERVED_SOURCES } from "../restart-on-change/plan.ts";
import { byAge, type Draft } from "./draft.ts";
import { boundsOf } from "./fenceposts.ts";

export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

/** Annotations that belong to the Deployment or to one ReplicaSet, and are not copied between them. */
const NOT_COPIED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
  OBSERVED_SOURCES,
]);

const MAX_HISTORY_CHARS = 2000;

/** The draft made of the Deployment's present template, the oldest when there are several. Source: deploymentutil.FindNewReplicaSet. */
export function findNewest(d: Deployment, drafts: readonly Draft[]): Draft | undefined {
  return [...drafts].sort(byAge).find(({ source }) => source && sameTemplate(d.spec.template, source.spec.template));
}

/** The revision after the newest of `old`. */
export function nextRevision(old: readonly Draft[]): number {
  return 1 + old.reduce((max, d) => Math.max(max, revisionOf(d.annotations)), 0);
}

/** 0 when it has none, or one that is no number. */
export function revisionOf(annotations: Readonly<Record<string, string>> | undefined): number {
  const text = annotations?.[REVISION] ?? "";
  return /^[0-9]+$/.test(text) ? Number(text) : 0;
}

/** The pods that the Deployment could have when it last scaled this ReplicaSet. */
export function maxReplicasOf(annotations: Readonly<Record<string, string>>): number | undefined {
  const text = annotations[MAX_REPLICAS] ?? "";
  return /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** What tells the next reconcile that `spec.replicas` changed since. */
export function sizeAnnotations(d: Deployment): Record<string, string> {
  const { desired, maxSurge } = boundsOf(d);
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + maxSurge) };
}

/**
 * The annotations of the newest ReplicaSet: the Deployment's own, copied (the change cause among them), and the revision, which only grows; the one it
 * had before goes into the history. Source: deploymentutil.SetNewReplicaSetAnnotations.
 */
export function newestAnnotations(d: Deployment, current: Readonly<Record<string, string>>, revision: number): Record<string, string> {
  const copied = Object.entries(d.metadata.annotations ?? {}).filter(([k]) => !NOT_COPIED.has(k));
  const next: Record<string, string> = { ...current, ...Object.fromEntries(copied) };
  const before = current[REVISION];
  if (before !== undefined && !/^[0-9]*$/.test(before)) return next;
  if (revisionOf(current) >= revision) return next;
  next[REVISION] = String(revision);
  if (before) next[REVISION_HISTORY] = extendHistory(current[REVISION_HISTORY], before);
  return next;
}

function extendHistory(history: string | undefined, revision: string): string {
  const revisions = [...(history ? history.split(",") : []), revision];
  while (revisions.length > 1 && revisions.join(",").length > MAX_HISTORY_CHARS) revisions.shift();
  return revisions.join(",");
}
