import {
  defineKind,
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  isQualifiedName,
  required,
  semanticEqual,
  tooLong,
} from "@wherry/machinery";
import type { TopologySelectorTerm, StorageClass as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { broken, each, immutable, oneOf } from "../rules.ts";

export type StorageClass = Type;

/** Marks the class of claims that name none. */
export const DEFAULT_STORAGE_CLASS_ANNOTATION = "storageclass.kubernetes.io/is-default-class";
const OLD_DEFAULT_ANNOTATION = "storageclass.beta.kubernetes.io/is-default-class";

const MAX_PARAMETERS = 512;
const MAX_PARAMETERS_BYTES = 256 * 1024;

export const StorageClass = defineKind<StorageClass>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  plural: "storageclasses",
  singular: "storageclass",
  shortNames: ["sc"],
  scope: "Cluster",
  schema: "io.k8s.api.storage.v1.StorageClass",
  returnsDeleted: true,
  defaults(o) {
    o.reclaimPolicy ??= "Delete";
    o.volumeBindingMode ??= "Immediate";
  },
  validate,
  validateUpdate,
  columns: [
    { ...nameColumn, value: (o) => `${o.metadata.name}${isDefaultStorageClass(o) ? " (default)" : ""}` },
    { name: "Provisioner", type: "string", value: (o) => o.provisioner ?? "" },
    { name: "ReclaimPolicy", type: "string", value: (o) => o.reclaimPolicy ?? "Delete" },
    { name: "VolumeBindingMode", type: "string", value: (o) => o.volumeBindingMode ?? "Immediate" },
    { name: "AllowVolumeExpansion", type: "string", value: (o) => o.allowVolumeExpansion ?? false },
    ageColumn,
  ],
});

/** Whether claims without a class get this one. Source: storage util `IsDefaultAnnotation`. */
export function isDefaultStorageClass({ metadata }: { metadata: { annotations?: Record<string, string> } }): boolean {
  return [DEFAULT_STORAGE_CLASS_ANNOTATION, OLD_DEFAULT_ANNOTATION].some((key) => metadata.annotations?.[key] === "true");
}

/** Source: storage validation `ValidateStorageClass`. */
function validate(o: Type): FieldError[] {
  const { provisioner } = o;
  return [
    ...(provisioner ? broken("provisioner", provisioner, isQualifiedName(provisioner.toLowerCase())) : [required("provisioner")]),
    ...validateParameters(o.parameters ?? {}),
    ...oneOf("reclaimPolicy", o.reclaimPolicy, ["Delete", "Retain"]),
    ...oneOf("volumeBindingMode", o.volumeBindingMode, ["Immediate", "WaitForFirstConsumer"]),
    ...each(o.allowedTopologies, "allowedTopologies", validateTopology),
  ];
}

function validateParameters(parameters: Record<string, string>): FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > MAX_PARAMETERS) return [{ ...tooLong("provisioner.parameters", MAX_PARAMETERS) }];
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...entries.filter(([key]) => key === "").map(([key]) => invalid("parameters", key, "field can not be empty.")),
    ...(bytes > MAX_PARAMETERS_BYTES ? [tooLong("parameters", MAX_PARAMETERS_BYTES)] : []),
  ];
}

/** Source: core validation `ValidateTopologySelectorTerm`. */
function validateTopology(term: TopologySelectorTerm, path: string): FieldError[] {
  const keys = new Set<string>();
  return each(term.matchLabelExpressions, `${path}.matchLabelExpressions`, (e, at) => {
    const key = e.key ?? "";
    const again = keys.has(key) ? [duplicate(`${at}.key`, key)] : [];
    keys.add(key);
    const values = e.values ?? [];
    return [
      ...(values.length === 0 ? [required(`${at}.values`)] : []),
      ...values.flatMap((value, i) => (values.indexOf(value) < i ? [duplicate(`${at}.values[${i}]`, value)] : [])),
      ...broken(`${at}.key`, key, isQualifiedName(key)),
      ...again,
    ];
  });
}

/** Source: storage validation `ValidateStorageClassUpdate`. */
function validateUpdate(next: Type, prev: Type): FieldError[] {
  const fixed = (["parameters", "provisioner", "reclaimPolicy"] as const).filter((field) => !semanticEqual(next[field], prev[field]));
  return [
    ...fixed.map((field) => forbiddenField(field, `updates to ${field} are forbidden.`)),
    ...immutable("volumeBindingMode", next.volumeBindingMode, next.volumeBindingMode === prev.volumeBindingMode),
  ];
}
