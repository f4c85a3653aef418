import {
  type ApiObject,
  apiVersionOf,
  type Conversion,
  compareVersions,
  type Definitions,
  deepCopy,
  deepEqual,
  type KindDefinition,
  type Schema,
  type Subresource,
  type Verb,
} from "@wherry/machinery";
import type { JsonSchema } from "@wherry/machinery/structural/json-schema.ts";
import { schemaOfCustom } from "@wherry/machinery/structural/to-definition.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../../generated/types.ts";
import { isConditionTrue } from "../conditions.ts";
import { customColumns } from "./custom-kind/columns.ts";
import { openApiOfCustom } from "./custom-kind/open-api.ts";
import { CustomSchema, validateReplicas } from "./custom-kind/schema.ts";
import { customSelectableFields } from "./custom-kind/selectable-fields.ts";

/** The kinds that one definition makes. */
export interface CustomKinds {
  /** One for each served version. */
  kinds: readonly KindDefinition[];
  /** Their schemas, by the names that the kinds have for them. */
  definitions: Definitions;
}

/**
 * The kinds of a definition, under the names that were accepted. With conversion `None` they differ by their `apiVersion` only: one is stored as the
 * others are, after each went through its own schema. With a webhook each is what `convert` makes of it. Throws when the definition is broken, which validation
 * prevents.
 */
export function customKinds(crd: CustomResourceDefinition, convert?: Conversion["convert"]): CustomKinds {
  const served = crd.spec.versions.filter((version) => version.served);
  const kinds = convert && crd.spec.versions.length > 1 ? convertedKinds(crd, served, convert) : alikeKinds(crd, served);
  const definitions = {};
  for (const version of served) defineLazily(definitions, schemaName(crd, version.name), () => schemaOfCustom(schemaOf(version)));
  return { kinds, definitions };
}

function alikeKinds(crd: CustomResourceDefinition, served: readonly CustomResourceDefinitionVersion[]): KindDefinition[] {
  const [first] = served;
  if (first && served.length === 1) return [versionKind(crd, first)];
  const stored = storedKindOf(crd);
  return served.map((version) => versionKind(crd, version, stored));
}

function convertedKinds(
  crd: CustomResourceDefinition,
  served: readonly CustomResourceDefinitionVersion[],
  convert: Conversion["convert"],
): KindDefinition[] {
  const { group, versions } = crd.spec;
  const conversion: { -readonly [K in keyof Conversion]?: Conversion[K] } = { convert };
  const kinds = new Map(versions.map((version) => [version, { ...versionKind(crd, version), conversion: conversion as Conversion }]));
  conversion.versions = versions.map(({ name: version }) => apiVersionOf({ group, version }));
  conversion.stored = kinds.get(versions.find(({ storage }) => storage) as CustomResourceDefinitionVersion) as KindDefinition;
  return served.map((version) => kinds.get(version) as KindDefinition);
}

/** Few are ever patched or applied, and schemas may be large. */
function defineLazily(definitions: object, name: string, make: () => Schema): void {
  let made: Schema | undefined;
  const get = () => {
    made ??= make();
    return made;
  };
  Object.defineProperty(definitions, name, { enumerable: true, configurable: true, get });
}

/** `com.example.stable.v1.CronTab`. */
function schemaName({ spec }: CustomResourceDefinition, version: string): string {
  return [...spec.group.split(".").reverse(), version, spec.names.kind].join(".");
}

const schemaOf = (version: CustomResourceDefinitionVersion) => (version.schema?.openAPIV3Schema ?? {}) as JsonSchema;

/** Nothing new is made while the definition goes; what is there may still be changed, so that it can go. */
const WHILE_TERMINATING: readonly Verb[] = ["delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** What all versions have in common. */
function sharedBy(crd: CustomResourceDefinition) {
  const { spec, status } = crd;
  const names = status?.acceptedNames ?? spec.names;
  return {
    group: spec.group,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    ...(names.shortNames?.length && { shortNames: names.shortNames }),
    ...(names.categories?.length && { categories: names.categories }),
    scope: spec.scope as KindDefinition["scope"],
    hasGeneration: true,
    allowUnconditionalUpdate: false,
    anyFinalizer: true,
    custom: true,
  } as const;
}

/** What objects of several versions are stored as. Nobody sees it. */
function storedKindOf(crd: CustomResourceDefinition): KindDefinition {
  const storage = crd.spec.versions.find((version) => version.storage) ?? crd.spec.versions[0];
  const hasStatus = crd.spec.versions.some(({ subresources }) => subresources?.status);
  const version = storage?.name ?? "v1";
  return { ...sharedBy(crd), version, schema: schemaName(crd, version), verbs: [], columns: [], ...writing(hasStatus) };
}

function versionKind(crd: CustomResourceDefinition, version: CustomResourceDefinitionVersion, stored?: KindDefinition): KindDefinition {
  const schema = new CustomSchema(schemaOf(version));
  const subresources = subresourcesOf(version);
  const { scale } = version.subresources ?? {};
  const validate = (object: ApiObject, previous?: ApiObject) => [
    ...schema.validate(object, previous),
    ...(scale ? [scale.specReplicasPath, scale.statusReplicasPath].flatMap((path) => validateReplicas(object, path)) : []),
  ];
  return {
    ...sharedBy(crd),
    version: version.name,
    schema: schemaName(crd, version.name),
    ...(version.deprecated && { deprecation: deprecation(crd, version) }),
    ...(isConditionTrue(crd.status?.conditions, "Terminating") && { verbs: WHILE_TERMINATING }),
    ...(stored
      ? { storedAs: { kind: stored, fromStored: (o: ApiObject) => schema.refresh(o) } }
      : writing(subresources.status !== undefined)),
    load: () => schema.load(),
    decode: (value) => schema.decode(value),
    defaults: (o) => schema.defaults(o),
    refresh: (o) => schema.refresh(o),
    openApi: () => openApiOfCustom(schema.schema, version.selectableFields),
    validateCreate: (o) => validate(o),
    validateUpdate: (next, prev) => validate(next, prev),
    selectableFields: customSelectableFields(version.selectableFields),
    columns: customColumns(version.additionalPrinterColumns),
    subresources,
  };
}

function subresourcesOf({ subresources: given }: CustomResourceDefinitionVersion): Record<string, Subresource> {
  return {
    ...(given?.scale && { scale: { type: "scale", labelSelectorPath: "", ...given.scale } }),
    ...(given?.status && { status: { type: "status" } }),
  } as const;
}

/** How writes are prepared. A status with a path of its own is written there and only there. Source: apiextensions `customResourceStrategy`. */
function writing(hasStatus: boolean): Pick<KindDefinition, "prepareForCreate" | "prepareForUpdate" | "subresources"> {
  return {
    ...(hasStatus && { subresources: { status: { type: "status" } } }),
    prepareForCreate(o: ApiObject & { status?: unknown }) {
      if (hasStatus) delete o.status;
    },
    prepareForUpdate(next: ApiObject & { status?: unknown }, prev: ApiObject & { status?: unknown }, { subresource }) {
      if (subresource === "status") keepMetadata(next, prev);
      // Without a status of its own, a change of that field is a change as any other.
      else if (!hasStatus && !deepEqual(next.status, prev.status)) next.metadata.generation = (prev.metadata.generation ?? 0) + 1;
    },
  };
}

function keepMetadata(next: ApiObject, prev: ApiObject): void {
  const { managedFields, resourceVersion } = next.metadata;
  next.metadata = { ...deepCopy(prev.metadata), resourceVersion };
  if (managedFields) next.metadata.managedFields = managedFields;
}

/** What the definition says, or else which newer version to use. Source: apiextensions `defaultDeprecationWarning`. */
function deprecation({ spec }: CustomResourceDefinition, { name, deprecationWarning }: CustomResourceDefinitionVersion): string {
  if (deprecationWarning !== undefined) return deprecationWarning;
  const { group, names, versions } = spec;
  const newer = versions.filter((v) => v.served && !v.deprecated && compareVersions(v.name, name) < 0).map((v) => v.name);
  const [newest] = newer.sort(compareVersions);
  return `${group}/${name} ${names.kind} is deprecated${newest ? `; use ${group}/${newest} ${names.kind}` : ""}`;
}
