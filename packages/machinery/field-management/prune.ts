import { type Data, isData } from "../data.ts";
import { type FieldSet, hasElement, isEmptySet, subset } from "./field-set.ts";
import { isAssociative, isObjectShape } from "./field-set-of.ts";
import { type AssociativeList, elementOrNone } from "./list-items.ts";
import { isNamedField, type MergeSchema, memberSchema } from "./merge-schema.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/** What is known on the way down. */
interface Owned {
  /** What the manager applied last time. */
  last: FieldSet;
  /** What all managers own now. */
  now: FieldSet;
  /** Something above was applied last time. */
  covered: boolean;
  /** Something above would go. */
  given: boolean;
}

/**
 * `value` without what the manager applied last time and nobody owns any more. What is below a field that goes stays when it was not the manager's.
 * The result shares parts with `value`, which stays as it is. Source: structured-merge-diff `Updater.prune`.
 */
export function pruneFields(schema: MergeSchema, value: unknown, last: FieldSet, now: FieldSet): unknown {
  return prune(schema, value, { last, now, covered: false, given: false });
}

function prune(schema: MergeSchema, value: unknown, owned: Owned): unknown {
  if (isEmptySet(owned.last)) return value;
  if (isData(value) && isObjectShape(schema)) return pruneObject(schema, value, owned);
  if (Array.isArray(value) && isAssociative(schema)) return pruneList(schema, value, owned);
  return value;
}

function pruneObject(schema: MergeSchema, value: Data, owned: Owned): Data {
  const result: Data = {};
  for (const name in value) {
    const member = memberSchema(schema, name)?.schema;
    const child = member ? step(member, value[name], fieldElement(name), owned, isNamedField(schema, name)) : value[name];
    if (child !== GONE) result[name] = child;
  }
  return result;
}

function pruneList(schema: AssociativeList, items: readonly unknown[], owned: Owned): unknown[] {
  const kept = items.map((item) => {
    const element = elementOrNone(schema, item);
    return element === undefined ? item : step(schema.items, item, element, owned, false);
  });
  return kept.filter((item) => item !== GONE);
}

const GONE = Symbol("gone");

/** @param named a field with a name of its own is owned with what is below it */
function step(schema: MergeSchema, value: unknown, element: PathElement, owned: Owned, named: boolean): unknown {
  const has = (set: FieldSet) => hasElement(set, element) || (named && !isEmptySet(subset(set, element)));
  const applied = has(owned.last);
  const covered = owned.covered || applied;
  const given = owned.given || (covered && !has(owned.now));
  if (given && applied) return GONE;
  return prune(schema, value, { last: subset(owned.last, element), now: subset(owned.now, element), covered, given });
}
