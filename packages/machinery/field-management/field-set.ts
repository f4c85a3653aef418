import { isData } from "../data.ts";
import { canonicalElement, compareElements, elementText, type PathElement } from "./path-element.ts";

/**
 * A set of fields in the form that is stored and served (FieldsV1): a tree of path elements. A node without children is a member; one with
 * children is a member too when it has `.`. Sets are values: no function changes one, and they share nodes. Source: structured-merge-diff
 * fieldpath/set.go and serialize.go.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet;
}

export const EMPTY_SET: FieldSet = Object.freeze({});
/** The node of a member that has no children. */
export const MEMBER: FieldSet = EMPTY_SET;

const SELF = ".";
const own = (set: FieldSet, element: PathElement): FieldSet | undefined => (Object.hasOwn(set, element) ? set[element] : undefined);

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the field at a node is itself in the set, and not only fields below it. */
export function isMember(node: FieldSet): boolean {
  return SELF in node || isEmptySet(node);
}

/** The fields below a node, without the node itself. */
function below(node: FieldSet): FieldSet {
  if (!(SELF in node)) return node;
  const { [SELF]: _, ...rest } = node;
  return rest;
}

/** The subset under one element; empty when there is none. */
export function subset(set: FieldSet, element: PathElement): FieldSet {
  const node = own(set, element);
  return node ? below(node) : EMPTY_SET;
}

/** Whether the field that one element leads to is in the set. */
export function hasElement(set: FieldSet, element: PathElement): boolean {
  const node = own(set, element);
  return node !== undefined && isMember(node);
}

/** A node from what is below it. Undefined when nothing is in it. */
export function makeNode(member: boolean, children: FieldSet): FieldSet | undefined {
  if (isEmptySet(children)) return member ? MEMBER : undefined;
  return member ? { [SELF]: MEMBER, ...children } : children;
}

/** The set of one path. */
export function setOf(path: readonly PathElement[]): FieldSet {
  return path.reduceRight<FieldSet>((inner, element) => ({ [element]: inner }), MEMBER);
}

type Draft = Record<string, FieldSet>;

/** Collects a set path by path. What it gives must not be added to any more. */
export class FieldSetBuilder {
  readonly set: FieldSet = {};

  /** Adds `node` at a path that has at least one element. */
  insert(path: readonly PathElement[], node: FieldSet): void {
    let at = this.set as Draft;
    for (const element of path.slice(0, -1)) {
      let next = own(at, element) as Draft | undefined;
      // A member without children is shared; one with children is private to this set.
      if (!next || isEmptySet(next)) next = at[element] = next ? { [SELF]: MEMBER } : {};
      at = next;
    }
    const last = path.at(-1) as PathElement;
    const before = own(at, last);
    at[last] = before ? (union({ [last]: before }, { [last]: node })[last] as FieldSet) : node;
  }
}

/** What is in either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  const result: Draft = { ...a };
  for (const element in b) {
    const [left, right] = [own(a, element), b[element] as FieldSet];
    if (left) result[element] = makeNode(isMember(left) || isMember(right), union(below(left), below(right))) ?? MEMBER;
    else result[element] = right;
  }
  return result;
}

/** What is in `a` and not in `b`: the fields below a field of `b` stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return remaining(a, b, (left, right) => {
    const inner = below(left);
    const kept = difference(inner, below(right));
    const lost = isMember(left) && isMember(right);
    return kept === inner && !lost ? left : makeNode(isMember(left) && !lost, kept);
  });
}

/** What is in `a`, and neither in `b` nor below a field of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return remaining(a, b, (left, right) =>
    isMember(right) ? undefined : makeNode(isMember(left), recursiveDifference(below(left), below(right))),
  );
}

function remaining(a: FieldSet, b: FieldSet, both: (left: FieldSet, right: FieldSet) => FieldSet | undefined): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return a;
  const result: Draft = {};
  let same = true;
  for (const element in a) {
    const left = a[element] as FieldSet;
    const right = own(b, element);
    const node = right ? both(left, right) : left;
    if (node !== left) same = false;
    if (node) result[element] = node;
  }
  // Whoever loses nothing keeps the very set, which need not be written anew.
  return same ? a : result;
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Draft = {};
  for (const element in a) {
    const [left, right] = [a[element] as FieldSet, own(b, element)];
    const node = right && makeNode(isMember(left) && isMember(right), intersection(below(left), below(right)));
    if (node) result[element] = node;
  }
  return result;
}

/** The paths of all members as messages write them: `.spec.ports[port=80]`; at each level what is here before what is below. */
export function pathTexts(set: FieldSet, prefix = ""): string[] {
  const elements = Object.keys(set).filter((element) => element !== SELF);
  elements.sort(compareElements);
  const here = elements.filter((element) => hasElement(set, element)).map((element) => prefix + elementText(element));
  return [...here, ...elements.flatMap((element) => pathTexts(subset(set, element), prefix + elementText(element)))];
}

/** The set with its elements in order, as it is stored. */
export function sortedSet(set: FieldSet): FieldSet {
  const elements = Object.keys(set);
  if (elements.length === 0) return MEMBER;
  if (elements.length > 1) elements.sort((a, b) => (a === SELF ? -1 : b === SELF ? 1 : compareElements(a, b)));
  const result: Draft = {};
  for (const element of elements) result[element] = sortedSet(set[element] as FieldSet);
  return result;
}

/**
 * Reads a set that came from outside. Elements of an unknown type are dropped. Throws when it is malformed. Source: structured-merge-diff
 * `Set.FromJSON`.
 */
export function readFieldSet(value: unknown): FieldSet {
  return below(readNode(value));
}

function readNode(value: unknown): FieldSet {
  if (!isData(value)) throw new Error("a set of fields must be an object");
  const children: Draft = {};
  for (const [key, child] of Object.entries(value)) {
    const element = key === SELF ? undefined : canonicalElement(key);
    if (element === undefined) continue;
    const [node, other] = [readNode(child), own(children, element)];
    children[element] = other ? (union({ [element]: other }, { [element]: node })[element] as FieldSet) : node;
  }
  return makeNode(SELF in value || isEmptySet(children), children) ?? MEMBER;
}
