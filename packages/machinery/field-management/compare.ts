import { type Data, isData } from "../data.ts";
import { deepEqual } from "../deep-equal.ts";
import { type FieldSet, FieldSetBuilder, isEmptySet, MEMBER, makeNode, recursiveDifference } from "./field-set.ts";
import { isAssociative, isContainer, isObjectShape, presentSetOf } from "./field-set-of.ts";
import { type AssociativeList, itemsByElement } from "./list-items.ts";
import { isNamedField, type MergeSchema, memberSchema } from "./merge-schema.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/** How two objects differ. No field is in two of the sets. */
export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** What `next` adds to `prev`, changes, and leaves out. Source: structured-merge-diff `TypedValue.Compare`. */
export function compareFields(schema: MergeSchema, prev: unknown, next: unknown): Comparison {
  const walk = new Compare();
  walk.present(schema, prev, next);
  return { added: walk.added.set, modified: walk.modified.set, removed: walk.removed.set };
}

/** The comparison without these fields and all that is below them. */
export function withoutFields({ added, modified, removed }: Comparison, fields: FieldSet): Comparison {
  return {
    added: recursiveDifference(added, fields),
    modified: recursiveDifference(modified, fields),
    removed: recursiveDifference(removed, fields),
  };
}

const NOTHING: Data = {};

class Compare {
  readonly added = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly removed = new FieldSetBuilder();
  readonly #path: PathElement[] = [];

  /** One value that may be on one side only. */
  value(schema: MergeSchema, prev: unknown, next: unknown): void {
    if (prev === next) return;
    if (isNone(prev)) {
      this.#add("added", whole(schema, next));
    } else if (isNone(next)) {
      this.#add("removed", whole(schema, prev));
    } else this.present(schema, prev, next);
  }

  /** One value that is on both sides. */
  present(schema: MergeSchema, prev: unknown, next: unknown): void {
    if (isData(prev) && isData(next) && isObjectShape(schema) && !(isEmpty(prev) && isEmpty(next))) this.#object(schema, prev, next);
    else if (Array.isArray(prev) && Array.isArray(next) && isAssociative(schema)) this.#list(schema, prev, next);
    else this.#leaf(schema, prev, next);
  }

  /** Where the shape changes, what was below is gone and what is below now is new. */
  #leaf(schema: MergeSchema, prev: unknown, next: unknown): void {
    if (deepEqual(prev, next)) return;
    if (isContainer(schema, prev)) this.#add("removed", presentSetOf(schema, prev), false);
    if (isContainer(schema, next)) this.#add("added", presentSetOf(schema, next), false);
    this.#add("modified", MEMBER);
  }

  #object(schema: MergeSchema, prev: Data, next: Data): void {
    for (const name in next) this.#member(schema, name, Object.hasOwn(prev, name) ? prev[name] : undefined, next[name]);
    for (const name in prev) if (!Object.hasOwn(next, name)) this.#member(schema, name, prev[name], undefined);
  }

  #member(schema: MergeSchema, name: string, prev: unknown, next: unknown): void {
    const field = memberSchema(schema, name);
    if (!field || prev === next) return;
    // A field that holds a list without items is as good as none: upstream's decoder drops it.
    if (prev === undefined && Array.isArray(next) && next.length === 0 && isNamedField(schema, name)) return;
    this.#path.push(fieldElement(name));
    // What is always written is there on both sides, if only empty.
    const some = field.always ? (prev ?? next) : undefined;
    const empty = some === undefined || !isContainer(field.schema, some) ? undefined : Array.isArray(some) ? [] : NOTHING;
    if (empty) this.present(field.schema, prev ?? empty, next ?? empty);
    else this.value(field.schema, prev, next);
    this.#path.pop();
  }

  #list(schema: AssociativeList, prev: readonly unknown[], next: readonly unknown[]): void {
    const [before, after] = [itemsByElement(schema, prev), itemsByElement(schema, next)];
    for (const [element, items] of after) this.#items(schema, element, before.get(element) ?? [], items);
    for (const [element, items] of before) if (!after.has(element)) this.#items(schema, element, items, []);
  }

  /** Items that share an element are compared as one. */
  #items(schema: AssociativeList, element: PathElement, prev: readonly unknown[], next: readonly unknown[]): void {
    this.#path.push(element);
    if (prev.length < 2 && next.length < 2) this.value(schema.items, prev[0], next[0]);
    else if (prev.length === 0) this.#add("added", MEMBER);
    else if (next.length === 0) this.#add("removed", MEMBER);
    else if (!deepEqual(prev, next)) this.#add("modified", MEMBER);
    this.#path.pop();
  }

  /** @param node what of the value at the path differs; `self` false when it itself does not */
  #add(how: keyof Comparison, node: FieldSet, self = true): void {
    if (this.#path.length === 0 || (!self && isEmptySet(node))) return;
    this[how].insert(this.#path, node);
  }
}

const isNone = (value: unknown) => value === undefined;
const isEmpty = (value: Data) => isEmptySet(value as FieldSet);

function whole(schema: MergeSchema, value: unknown): FieldSet {
  return makeNode(true, presentSetOf(schema, value)) ?? MEMBER;
}
