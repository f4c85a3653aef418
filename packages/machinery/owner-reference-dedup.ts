import { deepEqual } from "./deep-equal.ts";
import type { ObjectMeta } from "./object.ts";

/**
 * Drops owner references that stand twice in `meta`, and gives the uids of those dropped. Source: apiserver `handlers.dedupOwnerReferences`.
 */
export function dedupOwnerReferences(meta: Partial<ObjectMeta>): string[] {
  const all = meta.ownerReferences ?? [];
  const kept = all.filter((reference, i) => all.findIndex((other) => deepEqual(other, reference)) === i);
  if (kept.length === all.length) return [];
  const dropped = all.filter((reference) => !kept.includes(reference));
  meta.ownerReferences = kept;
  return dropped.map((reference) => reference.uid);
}
