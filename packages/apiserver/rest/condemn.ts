import { rfc3339 } from "@wherry/base";
import { deepCopy, type KindDefinition, withFinalizer, withoutFinalizer } from "@wherry/machinery";
import type { AnyObject } from "./context.ts";
import type { DeleteOptions } from "./delete-options.ts";
import { specFinalizers } from "./modify.ts";

/** What a request for deletion makes of an object. */
export interface Condemned {
  /** The object as it is from now on; the given one when nothing changes. */
  next: AnyObject;
  /** Nothing keeps it: it goes at once. */
  over: boolean;
}

/**
 * The object once its deletion was asked for; `previous` stays as it is. A grace period comes before finalizers, and a pending one can only be
 * shortened. Source: apiserver `rest.BeforeDelete`, `registry.Store.updateForGracefulDeletionAndFinalizers`.
 * @param now milliseconds since the epoch
 */
export function condemn(kind: KindDefinition, previous: AnyObject, options: DeleteOptions, now: number): Condemned {
  const next = deepCopy(previous);
  const grace = beginGrace(kind, next, options, now);
  if (grace === "pending") return { next: previous, over: false };
  setFinalizers(kind, next, options);
  const { deletionFinalizer: own } = kind;
  if (own && !previous.metadata.deletionTimestamp) next.metadata.finalizers = withFinalizer(next.metadata.finalizers, own);
  const waits = Boolean(next.metadata.finalizers?.length) || specFinalizers({ kind }, next).length > 0;
  if (grace !== undefined) return { next, over: !waits && grace === 0 };
  if (waits) markDeleting(kind, next, now);
  return { next, over: !waits };
}

/** The seconds that are granted from now on; undefined when the kind or the object's state knows no grace. */
function beginGrace(kind: KindDefinition, next: AnyObject, options: DeleteOptions, now: number): number | "pending" | undefined {
  const grace = kind.gracePeriodSeconds?.(next, options.gracePeriodSeconds);
  if (grace === undefined) return undefined;
  const { metadata } = next;
  if (metadata.deletionTimestamp) return shorten(next, options.gracePeriodSeconds);
  metadata.deletionTimestamp = rfc3339(now + grace * 1000);
  metadata.deletionGracePeriodSeconds = grace;
  if (metadata.generation) metadata.generation++;
  kind.prepareForDelete?.(next);
  return grace;
}

function shorten({ metadata }: AnyObject, asked: number | undefined): number | "pending" | undefined {
  const current = metadata.deletionGracePeriodSeconds ?? 0;
  if (current === 0) return undefined;
  if (asked === undefined || asked >= current) return "pending";
  const begun = Date.parse(metadata.deletionTimestamp as string) - current * 1000;
  metadata.deletionTimestamp = rfc3339(begun + asked * 1000);
  metadata.deletionGracePeriodSeconds = asked;
  return asked;
}

function markDeleting(kind: KindDefinition, next: AnyObject, now: number): void {
  const { metadata } = next;
  const first = !metadata.deletionTimestamp;
  if (first && metadata.generation) metadata.generation++;
  if (first || Date.parse(metadata.deletionTimestamp as string) > now) metadata.deletionTimestamp = rfc3339(now);
  // A namespace's own finalizers end with its `finalize`, which knows no grace.
  if (!kind.specFinalizers) metadata.deletionGracePeriodSeconds = 0;
  if (first) kind.prepareForDelete?.(next);
}

/** Propagation is asked for through finalizers that the garbage collector removes; those already there stand when the caller does not say. */
function setFinalizers(kind: KindDefinition, next: AnyObject, { propagation }: DeleteOptions): void {
  if (kind.defaultPropagation === "Unsupported") return;
  const before = next.metadata.finalizers;
  const asked = before?.some((name) => name === "orphan" || name === "foregroundDeletion");
  const policy = propagation ?? (asked ? undefined : kind.defaultPropagation);
  if (!policy) return;
  let finalizers: string[] | undefined = withoutFinalizer(withoutFinalizer(before, "orphan"), "foregroundDeletion");
  if (policy === "Orphan") finalizers = withFinalizer(finalizers, "orphan");
  if (policy === "Foreground") finalizers = withFinalizer(finalizers, "foregroundDeletion");
  if (finalizers) next.metadata.finalizers = finalizers;
  else delete next.metadata.finalizers;
}
