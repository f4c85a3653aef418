import { isData } from "../data.ts";
import { EMPTY_SET, type FieldSet, isEmptySet, MEMBER, makeNode } from "./field-set.ts";
import { type AssociativeList, itemsByElement } from "./list-items.ts";
import { isNamedField, type MergeSchema, memberSchema } from "./merge-schema.ts";
import { fieldElement } from "./path-element.ts";

/**
 * The fields that a configuration speaks of: its leaves, the items of its lists, the keys of its maps, and what it leaves empty. Fields that only
 * hold others are not in the set themselves. Source: structured-merge-diff `TypedValue.ToFieldSet`.
 */
export function fieldSetOf(schema: MergeSchema, value: unknown): FieldSet {
  if (isData(value) && isObjectShape(schema)) return ofObject(schema, value, statedMember);
  if (Array.isArray(value) && isAssociative(schema)) return ofList(schema, value, fieldSetOf);
  return EMPTY_SET;
}

/**
 * All that is there, with the fields that hold others: what a value adds where nothing was. Source: structured-merge-diff `compareWalker`, without
 * a left-hand side.
 */
export function presentSetOf(schema: MergeSchema, value: unknown): FieldSet {
  if (isData(value) && isObjectShape(schema)) return ofObject(schema, value, () => true, presentSetOf);
  if (Array.isArray(value) && isAssociative(schema)) return ofList(schema, value, presentSetOf);
  return EMPTY_SET;
}

export function isObjectShape(schema: MergeSchema): boolean {
  return schema.shape === "struct" || schema.shape === "map" || schema.shape === "deduced";
}

export function isAssociative(schema: MergeSchema): schema is AssociativeList {
  return schema.shape === "set" || schema.shape === "listMap";
}

type Below = (schema: MergeSchema, value: unknown) => FieldSet;
type IsMember = (schema: MergeSchema, name: string, value: unknown, member: MergeSchema) => boolean;

function ofObject(schema: MergeSchema, value: Record<string, unknown>, isMember: IsMember, inside: Below = fieldSetOf): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const name in value) {
    const child = value[name];
    if (child === undefined) continue;
    const member = memberSchema(schema, name)?.schema;
    const node = member && makeNode(isMember(schema, name, child, member), inside(member, child));
    if (node) result[fieldElement(name)] = node;
  }
  return result;
}

function statedMember(schema: MergeSchema, name: string, value: unknown, member: MergeSchema): boolean {
  if (!isNamedField(schema, name) && schema.shape !== "deduced") return true;
  if (value === null || (isData(value) && isEmptySet(value as FieldSet))) return true;
  if (schema.shape === "deduced") return true;
  return !isContainer(member, value);
}

/** Whether a value is more than a leaf here. */
export function isContainer(schema: MergeSchema, value: unknown): boolean {
  return (isData(value) && isObjectShape(schema)) || (Array.isArray(value) && isAssociative(schema));
}

/** Items that share an element are owned as one. */
function ofList(schema: AssociativeList, items: readonly unknown[], inside: Below): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const [element, same] of itemsByElement(schema, items))
    result[element] = (same.length === 1 && makeNode(true, inside(schema.items, same[0]))) || MEMBER;
  return result;
}
