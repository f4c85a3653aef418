import { type Data, isData } from "../data.ts";
import { lastAppliedOf } from "../patch/last-applied.ts";
import { compareFields } from "./compare.ts";
import { difference, EMPTY_SET, type FieldSet } from "./field-set.ts";
import { fieldSetOf } from "./field-set-of.ts";
import type { FieldWrite } from "./track-update.ts";

/**
 * The fields that kubectl's client-side apply has set and that are as it set them: a server-side apply by kubectl takes them over without a conflict.
 * Source: apimachinery managedfields `lastAppliedManager`.
 */
export function allowedByLastApplied({ schema, owner }: FieldWrite, live: object): FieldSet {
  const { metadata } = live as Data;
  const applied = isData(metadata) ? lastAppliedOf({ metadata }) : undefined;
  if (!applied || applied.apiVersion !== owner.apiVersion) return EMPTY_SET;
  const { added, modified, removed } = compareFields(schema, applied, live);
  return [modified, added, removed].reduce(difference, fieldSetOf(schema, applied));
}
