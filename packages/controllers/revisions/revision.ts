import type { ControllerRevision, PodTemplateSpec } from "@wherry/api";
import type { ApiObject, NewObject } from "@wherry/machinery";
import { controllerReference } from "../ownership/claim.ts";
import { sameTemplate } from "../pods/same-template.ts";
import { templateHash } from "../pods/template-hash.ts";

/** The label of pods, and of a DaemonSet's revisions, that says which revision they are of. */
export const REVISION_LABEL = "controller-revision-hash";
/** The label of a StatefulSet's revisions with their hash. */
export const HASH_LABEL = "controller.kubernetes.io/hash";

const MAX_PREFIX = 223;

/** `name-hash`, the name cut where it would be too long for a label. Source: controller/history ControllerRevisionName. */
export const revisionName = (owner: string, hash: string): string => `${owner.slice(0, MAX_PREFIX)}-${hash}`;

/** What a revision is to be made of. */
export interface RevisionDraft {
  owner: ApiObject;
  template: PodTemplateSpec;
  /** Counts names that were taken by other templates. */
  collisions: number;
  revision: number;
  /** The label that its hash goes into. */
  hashLabel: string;
}

/** A revision that keeps `template` for `kubectl rollout undo`: a strategic merge patch that puts it back. Source: statefulset and daemon `getPatch`. */
export function newRevision({ owner, template, collisions, revision, hashLabel }: RevisionDraft): NewObject<ControllerRevision> {
  const hash = templateHash(template, collisions);
  const { namespace, name, annotations } = owner.metadata;
  return {
    metadata: {
      name: revisionName(name, hash),
      ...(namespace && { namespace }),
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ...(annotations && { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    data: { spec: { template: { ...template, $patch: "replace" } } },
    revision,
  };
}

/** The template that a revision keeps; undefined when its data has none. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec | undefined {
  const { spec } = (revision.data ?? {}) as { spec?: { template?: PodTemplateSpec & { $patch?: string } } };
  if (!spec?.template) return undefined;
  const { $patch: _, ...template } = spec.template;
  return template;
}

/** The oldest first. */
export const byRevision = (a: ControllerRevision, b: ControllerRevision): number =>
  a.revision - b.revision ||
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
  (a.metadata.name < b.metadata.name ? -1 : 1);

/** What has to be done so that the newest of `history` keeps `template`. */
export type RevisionStep =
  | { do: "keep"; revision: ControllerRevision }
  /** An older one is what is wanted again: it gets the next number. */
  | { do: "renumber"; revision: ControllerRevision; to: number }
  | { do: "create"; number: number };

/** Pure. Source: controller/history, statefulset `getStatefulSetRevisions`, daemon `constructHistory`. */
export function planRevision(history: readonly ControllerRevision[], template: PodTemplateSpec): RevisionStep {
  const sorted = history.toSorted(byRevision);
  const newest = sorted.at(-1);
  const same = sorted.findLast((revision) => sameTemplate(template, templateOf(revision)));
  const number = (newest?.revision ?? 0) + 1;
  if (!same) return { do: "create", number };
  return same === newest ? { do: "keep", revision: same } : { do: "renumber", revision: same, to: number };
}

/** The oldest revisions beyond `limit`; those that pods are of (`live`, by name) neither count nor go. Source: statefulset `truncateHistory`. */
export function beyondLimit(history: readonly ControllerRevision[], live: ReadonlySet<string>, limit: number): ControllerRevision[] {
  const idle = history.toSorted(byRevision).filter(({ metadata }) => !live.has(metadata.name));
  return idle.slice(0, Math.max(0, idle.length - limit));
}
