import { randomInt, randomUUID } from "node:crypto";
import { rfc3339 } from "@wherry/base";
import type { ApiObject, ObjectMeta, OwnerReference } from "./object.ts";

/** No vowels and no look-alikes, so that no words come out. Source: apimachinery `util/rand`. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
const MAX_PREFIX = 63 - SUFFIX_LENGTH;

/** `base` (cut to 58 characters) with five random characters. Source: apiserver `names.SimpleNameGenerator`. */
export function generateName(base: string): string {
  return base.slice(0, MAX_PREFIX) + randomSuffix(SUFFIX_LENGTH);
}

/** Random characters that are safe in names. */
export function randomSuffix(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

/**
 * Makes the metadata of a new object the server's own: a uid, a creation time, a name from `generateName`, generation 1 where the kind
 * counts it; what only the server may set is dropped. Changes `meta`. Source: apiserver `rest.BeforeCreate`, `FillObjectMetaSystemFields`.
 * @param now milliseconds since the epoch
 */
export function initObjectMeta(meta: Partial<ObjectMeta>, options: { now: number; hasGeneration?: boolean }): void {
  if (!meta.name && meta.generateName) meta.name = generateName(meta.generateName);
  meta.uid = randomUUID();
  meta.creationTimestamp = rfc3339(options.now);
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.resourceVersion;
  delete meta.selfLink;
  if (options.hasGeneration) meta.generation = 1;
  else delete meta.generation;
  dropEmpty(meta);
}

/** What an update may not touch, or may leave out: taken from the stored object. */
const KEPT = ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink"] as const;

/**
 * Makes the metadata of an updated object fit what is stored: the system's fields stay, a uid left out is filled in (a different one stays, for
 * validation to refuse), managed fields that were not sent are kept. Changes `next`. Source: apiserver `rest.BeforeUpdate`.
 */
export function keepObjectMeta(next: Partial<ObjectMeta>, prev: ObjectMeta): void {
  for (const field of KEPT) {
    if (prev[field] === undefined) delete next[field];
    else Object.assign(next, { [field]: prev[field] });
  }
  next.uid ||= prev.uid;
  next.managedFields ??= prev.managedFields;
  dropEmpty(next);
}

const LEFT_OUT = ["annotations", "finalizers", "labels", "managedFields", "ownerReferences"] as const;

/** Empty lists and maps are left out, as Go's `omitempty` does: the object is the same before and after what it held last was taken away. */
function dropEmpty(meta: Partial<ObjectMeta>): void {
  for (const field of LEFT_OUT) if (field in meta && Object.keys(meta[field] ?? {}).length === 0) delete meta[field];
}

/** Whether the object waits for its finalizers or its grace period. */
export function isDeleting(o: { metadata: Partial<ObjectMeta> }): boolean {
  return Boolean(o.metadata.deletionTimestamp);
}

export function hasFinalizer(o: { metadata: Partial<ObjectMeta> }, name: string): boolean {
  return o.metadata.finalizers?.includes(name) ?? false;
}

/** The finalizers with `name` among them; the given list is left alone. */
export function withFinalizer(finalizers: readonly string[] | undefined, name: string): string[] {
  return finalizers?.includes(name) ? [...finalizers] : [...(finalizers ?? []), name];
}

/** The finalizers without `name`, or undefined when none is left. */
export function withoutFinalizer(finalizers: readonly string[] | undefined, name: string): string[] | undefined {
  const left = finalizers?.filter((f) => f !== name);
  return left && left.length > 0 ? left : undefined;
}

/** A reference that makes `owner` the controller of another object. Source: apimachinery `metav1.NewControllerRef`. */
export function controllerReference(owner: ApiObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

/** Whether `owner` controls `o`: by uid, so a namesake does not count. */
export function isControlledBy(o: { metadata: Partial<ObjectMeta> }, owner: ApiObject): boolean {
  return o.metadata.ownerReferences?.some((r) => r.controller && r.uid === owner.metadata.uid) ?? false;
}
