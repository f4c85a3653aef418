import { deepEqual, defineKind, type FieldError, invalid } from "@wherry/machinery";
import { loadCel } from "@wherry/machinery/cel/language.ts";
import type { JsonSchema } from "@wherry/machinery/structural/json-schema.ts";
import type { CustomResourceDefinition as Type } from "../../generated/types.ts";
import { createdAtColumns } from "../columns.ts";
import { isConditionTrue, setCondition } from "../conditions.ts";
import { immutable } from "../rules.ts";
import { keepSpec, keepStatus } from "../status.ts";
import { validateApproval } from "./customresourcedefinition/approval.ts";
import { decodeDefinition } from "./customresourcedefinition/decode.ts";
import { validateVersionSchema } from "./customresourcedefinition/schema.ts";
import { validateRuleCosts } from "./customresourcedefinition/schema-rules.ts";
import { validateSpec } from "./customresourcedefinition/spec.ts";

export type CustomResourceDefinition = Type;

/** Keeps a definition until all its objects are gone. */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

export const CustomResourceDefinition = defineKind<CustomResourceDefinition>({
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  singular: "customresourcedefinition",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  scope: "Cluster",
  schema: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  subresources: { status: { type: "status" } },
  load: loadCel,
  decode: decodeDefinition,
  prepareForCreate(o) {
    o.status = {};
  },
  prepareForUpdate(next, prev, { subresource }) {
    if (subresource === "status") keepSpec(next, prev);
    else keepStatus(next, prev);
  },
  anyFinalizer: true,
  deletionFinalizer: CLEANUP_FINALIZER,
  prepareForDelete(o) {
    const message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
    const terminating = { type: "Terminating", status: "True", reason: "InstanceDeletionPending", message };
    o.status = {
      ...o.status,
      conditions: [...setCondition(o.status?.conditions, terminating, Date.parse(o.metadata.deletionTimestamp ?? ""))],
    };
  },
  defaults,
  validate: (o) => [...validateMetadata(o), ...validateSpec(o.spec), ...validateStored(o)],
  validateCreate: (o) => [...validateCosts(o), ...validateApproval(o)],
  validateUpdate: (next, prev) => [...validateUpdate(next, prev), ...validateCosts(next, prev), ...validateApproval(next, prev)],
  columns: createdAtColumns,
});

/** Source: apiextensions/v1 `SetDefaults_CustomResourceDefinition`, and what its strategy keeps of the versions that were ever stored. */
function defaults(o: CustomResourceDefinition): void {
  const { names } = o.spec ?? {};
  if (names?.kind) {
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  }
  if (o.spec) o.spec.conversion ??= { strategy: "None" };
  const service = o.spec?.conversion?.webhook?.clientConfig?.service;
  if (service) service.port ??= 443;
  const storage = o.spec?.versions?.find((version) => version.storage)?.name;
  const stored = o.status?.storedVersions ?? [];
  if (storage && !stored.includes(storage)) o.status = { ...o.status, storedVersions: [...stored, storage] };
}

function validateMetadata({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  const wanted = `${spec?.names?.plural ?? ""}.${spec?.group ?? ""}`;
  return metadata.name === wanted ? [] : [invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group')];
}

/** Source: apiextensions `ValidateCustomResourceDefinitionStoredVersions`. */
function validateStored({ spec, status }: CustomResourceDefinition): FieldError[] {
  const path = "status.storedVersions";
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [invalid(path, stored, "must have at least one stored version")];
  const known = new Set(spec?.versions?.map(({ name }) => name));
  const missing = (spec?.versions ?? []).filter(({ name, storage }) => storage && !stored.includes(name));
  return [
    ...missing.map(({ name }) => invalid(path, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, i) => (known.has(name) ? [] : [invalid(`${path}[${i}]`, name, "must appear in spec.versions")])),
  ];
}

/** What was there before estimates is not refused for its cost, as long as its schema stays. */
function validateCosts({ spec }: CustomResourceDefinition, prev?: CustomResourceDefinition): FieldError[] {
  return (spec?.versions ?? []).flatMap(({ name, schema }, i) => {
    const path = `spec.versions[${i}].schema.openAPIV3Schema`;
    const root = schema?.openAPIV3Schema as JsonSchema | undefined;
    const before = prev?.spec?.versions?.find((version) => version.name === name)?.schema?.openAPIV3Schema;
    if (!root || (before && deepEqual(before, root)) || validateVersionSchema(root, path, false).length > 0) return [];
    return validateRuleCosts(root, path);
  });
}

/** Source: apiextensions `validateCustomResourceDefinitionSpecUpdate`. */
function validateUpdate(next: CustomResourceDefinition, prev: CustomResourceDefinition): FieldError[] {
  const same = (path: string, value: string | undefined, before: string | undefined) => immutable(path, value, value === before);
  const fixed = isConditionTrue(prev.status?.conditions, "Established")
    ? [
        ...same("spec.scope", next.spec?.scope, prev.spec?.scope),
        ...same("spec.names.kind", next.spec?.names?.kind, prev.spec?.names?.kind),
      ]
    : [];
  return [
    ...fixed,
    ...same("spec.group", next.spec?.group, prev.spec?.group),
    ...same("spec.names.plural", next.spec?.names?.plural, prev.spec?.names?.plural),
  ];
}
