import { defineKind, type FieldError, isDNS1123Label, isQualifiedName } from "@wherry/machinery";
import type { Namespace as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { broken } from "../rules.ts";
import { keepSpec, keepStatus } from "../status.ts";

export type Namespace = Type;

const NAME_LABEL = "kubernetes.io/metadata.name";
/** As long as it is there, the namespace's content is not yet gone. */
export const NAMESPACE_FINALIZER = "kubernetes";

export const Namespace = defineKind<Namespace>({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  scope: "Cluster",
  schema: "io.k8s.api.core.v1.Namespace",
  // Not all at once: upstream has no deletecollection here either.
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  specFinalizers: true,
  returnsDeleted: true,
  subresources: {
    status: { type: "status" },
    finalize: { type: "connect", verbs: ["update"], kind: "Namespace" },
  },
  validateName: isDNS1123Label,
  prepareForCreate(o) {
    o.spec ??= {};
    if (!o.spec.finalizers?.includes(NAMESPACE_FINALIZER)) o.spec.finalizers = [...(o.spec.finalizers ?? []), NAMESPACE_FINALIZER];
    o.status = { phase: "Active" };
  },
  prepareForUpdate(next, prev, { subresource }) {
    if (subresource !== "finalize") keepSpec(next, prev);
    if (subresource !== "status") keepStatus(next, prev);
  },
  prepareForDelete(o) {
    o.status = { ...o.status, phase: "Terminating" };
  },
  defaults(o) {
    o.spec ??= {};
    o.status ??= {};
    o.status.phase ||= "Active";
    if (o.metadata.name) o.metadata.labels = { ...o.metadata.labels, [NAME_LABEL]: o.metadata.name };
  },
  validate: (o) => (o.spec.finalizers ?? []).flatMap((name, i) => validateFinalizer(`spec.finalizers[${i}]`, name)),
  selectableFields: { "status.phase": (o) => o.status?.phase ?? "" },
  columns: [nameColumn, { name: "Status", type: "string", value: (o) => o.status?.phase ?? "" }, ageColumn],
});

function validateFinalizer(path: string, name: string): FieldError[] {
  const qualified = broken(path, name, isQualifiedName(name));
  if (qualified.length > 0 || name.includes("/") || name === NAMESPACE_FINALIZER) return qualified;
  return broken(path, name, ["name is neither a standard finalizer name nor is it fully qualified"]);
}
