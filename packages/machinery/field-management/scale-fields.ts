import { difference, EMPTY_SET, type FieldSet, hasElement, isEmptySet, setOf, subset } from "./field-set.ts";
import { type Managed, type OwnedFields, ownerId } from "./managed-fields.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/** The version of Scale. */
export const SCALE_VERSION = "autoscaling/v1";

const REPLICAS_PATH = ["spec", "replicas"].map(fieldElement);
const REPLICAS = setOf(REPLICAS_PATH);

/** Who owns the replicas of an object, as owners of a Scale. Ids stay those of the object. Source: apimachinery managedfields `ScaleHandler.ToSubresource`. */
export function toScaleManaged(managed: Managed, path: readonly PathElement[]): Managed {
  const result = new Map<string, OwnedFields>();
  for (const [id, { owner, fields, time }] of managed)
    if (hasPath(fields, path)) result.set(id, { owner: { ...owner, apiVersion: SCALE_VERSION }, fields: REPLICAS, ...(time && { time }) });
  return result;
}

/**
 * Who owns what of an object after a write of its Scale: who owns the replicas of the Scale no more loses them, who is new gets them. Source:
 * apimachinery managedfields `ScaleHandler.ToParent`.
 */
export function toParentManaged(parent: Managed, scale: Managed, path: readonly PathElement[], apiVersion: string): Managed {
  const replicas = setOf(path);
  const result = new Map<string, OwnedFields>();
  for (const [id, owned] of parent) {
    const fields = hasPath(scale.get(id)?.fields ?? EMPTY_SET, REPLICAS_PATH) ? owned.fields : difference(owned.fields, replicas);
    if (!isEmptySet(fields)) result.set(id, { ...owned, fields });
  }
  for (const { owner, fields, time } of scale.values()) {
    const theirs = { ...owner, apiVersion };
    const id = ownerId(theirs);
    if (!result.has(id) && hasPath(fields, REPLICAS_PATH)) result.set(id, { owner: theirs, fields: replicas, ...(time && { time }) });
  }
  return result;
}

function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  const inner = path.slice(0, -1).reduce(subset, set);
  return hasElement(inner, path.at(-1) as PathElement);
}
