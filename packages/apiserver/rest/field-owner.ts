import { rfc3339 } from "@wherry/base";
import {
  apiVersionOf,
  deepCopy,
  fromStored,
  type KindDefinition,
  type ManagedFieldsEntry,
  resourceKind,
  storedKind,
} from "@wherry/machinery";
import type { Data } from "@wherry/machinery/data.ts";
import { type FieldSet, setOf } from "@wherry/machinery/field-management/field-set.ts";
import { type FieldOwner, type Managed, managedBefore, managedFieldsEntries } from "@wherry/machinery/field-management/managed-fields.ts";
import { mergeSchemaOf } from "@wherry/machinery/field-management/merge-schema.ts";
import { fieldElement } from "@wherry/machinery/field-management/path-element.ts";
import { reconcileManaged } from "@wherry/machinery/field-management/reconcile.ts";
import { type FieldWrite, trackUpdate } from "@wherry/machinery/field-management/track-update.ts";
import { headerOf } from "../exchange.ts";
import type { AnyObject, ResourceCall, RestContext } from "./context.ts";
import { inVersion } from "./conversions.ts";
import type { Write } from "./write-stage.ts";

/** Who owns what a write changes. */
export type WriteOwner = Pick<FieldOwner, "manager" | "subresource">;

const LONGEST_MANAGER = 128;

/**
 * Who a call writes as: its field manager, or else the first part of its User-Agent. Source: apiserver `handlers.managerOrUserAgent`.
 */
export function ownerOf(call: Pick<ResourceCall, "request" | "subresource">, fieldManager: string): WriteOwner {
  const manager = fieldManager || userAgentPrefix(headerOf(call.request, "user-agent")) || "unknown";
  return { manager, ...(call.subresource && { subresource: call.subresource.name }) };
}

function userAgentPrefix(userAgent: string): string {
  const printable = (userAgent.split("/", 1)[0] ?? "").replace(/[^\P{C} ]|[\p{Zl}\p{Zp}]/gu, "");
  let prefix = "";
  for (const character of printable) {
    if (Buffer.byteLength(prefix + character) > LONGEST_MANAGER) break;
    prefix += character;
  }
  return prefix;
}

/**
 * Makes the write's owner own what it changes of the stored object, and others lose it. Changes only the managed fields of `next`.
 * @param sent the managed fields that the client has sent
 */
export function own(
  context: RestContext,
  write: Write,
  next: AnyObject,
  sent: ManagedFieldsEntry[] | undefined,
  previous?: AnyObject,
): void {
  const { owner } = write;
  if (!owner) return;
  const managed = managedBefore(previous?.metadata.managedFields, sent, owner.subresource);
  // Whoever has made the managed fields be forgotten does not want them. Source: apimachinery managedfields `skipNonAppliedManager`.
  const tracked = managed.size > 0 || !previous;
  setManagedFields(next, tracked ? ownedAfter(context, write, owner, managed, next, previous) : undefined);
}

function ownedAfter(
  context: RestContext,
  write: Write,
  owner: WriteOwner,
  managed: Managed,
  next: AnyObject,
  previous: AnyObject | undefined,
): ManagedFieldsEntry[] | undefined {
  const { version = write.kind } = write;
  const fields = fieldWrite(context, version, { ...owner, operation: "Update" }, [next, previous]);
  const before = previous ? fromStored(version, previous) : {};
  return managedFieldsEntries(trackUpdate(fields, before, withDefaults(write, next), underSchema(version, fields, managed)));
}

/** Who owns what, where the schema may have changed since: that of a built-in kind does not. */
export function underSchema(version: KindDefinition, { schema }: FieldWrite, managed: Managed): Managed {
  return version.custom ? reconcileManaged(schema, managed) : managed;
}

/** What a client sends is completed before it is looked at, as upstream's decoder does. */
function withDefaults({ kind, version = kind }: Write, object: AnyObject): AnyObject {
  const copy = deepCopy(object);
  kind.defaults?.(copy);
  return fromStored(version, copy);
}

export function setManagedFields(object: AnyObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries) object.metadata.managedFields = entries;
  else delete object.metadata.managedFields;
}

/**
 * A write as field management sees it.
 * @param version the kind in the version that the call speaks
 * @param objects what the write is about: on `status`, all their fields but those of the status are none of its business
 */
export function fieldWrite(
  { registry, clock }: RestContext,
  version: KindDefinition,
  owner: Omit<FieldOwner, "apiVersion">,
  objects: readonly (object | undefined)[],
): FieldWrite {
  const schema = mergeSchemaOf(registry.definitions, version.schema);
  const otherVersion = (apiVersion: string) => {
    const other = registry.byKind(apiVersion, version.kind);
    if (!other || resourceKind(other) !== resourceKind(version)) return undefined;
    const between = (from: KindDefinition, to: KindDefinition) => (object: Data) =>
      inVersion(from, to, deepCopy(object) as unknown as AnyObject) as unknown as Data;
    return {
      schema: mergeSchemaOf(registry.definitions, other.schema),
      convert: between(version, other),
      revert: between(other, version),
    };
  };
  const ignored = resetFields(version, owner.subresource, objects);
  return { schema, owner: { ...owner, apiVersion: apiVersionOf(version) }, ignored, otherVersion, now: rfc3339(clock.now()) };
}

const STATUS_ONLY: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "status"]);
const STATUS = setOf([fieldElement("status")]);
const NO_FIELDS: FieldSet = {};
const KEPT_METADATA = ["finalizers", "ownerReferences"];

/** The fields that a write through this door cannot change. Source: apiserver `rest.ResetFieldsStrategy`. */
function resetFields(kind: KindDefinition, subresource: string | undefined, objects: readonly (object | undefined)[]): FieldSet {
  if (subresource === undefined || kind.subresources?.[subresource]?.type !== "status")
    return kind.subresources?.status ? STATUS : NO_FIELDS;
  const fields = new Set(objects.flatMap((object) => Object.keys(object ?? {})));
  const others = [...fields].filter((field) => !STATUS_ONLY.has(field)).map((field) => [fieldElement(field), {}]);
  const metadata = [...KEPT_METADATA, ...(storedKind(kind).statusKeeps ?? [])].map((field) => [fieldElement(field), {}]);
  return { ...Object.fromEntries(others), [fieldElement("metadata")]: Object.fromEntries(metadata) };
}
