import { controllerOf, defineKind, required, semanticEqual } from "@wherry/machinery";
import type { ControllerRevision as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { immutable, nonNegative } from "../rules.ts";

export type ControllerRevision = Type;

export const ControllerRevision = defineKind<ControllerRevision>({
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  singular: "controllerrevision",
  scope: "Namespaced",
  schema: "io.k8s.api.apps.v1.ControllerRevision",
  // Source: apps validation `ValidateControllerRevision`.
  validate: (o) => [...(o.data ? [] : [required("data", "data is mandatory")]), ...nonNegative("revision", o.revision)],
  validateUpdate: (next, prev) => immutable("data", next.data, semanticEqual(next.data, prev.data)),
  columns: [
    nameColumn,
    { name: "Controller", type: "string", value: controllerCell },
    { name: "Revision", type: "string", value: (o) => o.revision ?? 0 },
    ageColumn,
  ],
});

/** `daemonset.apps/web`. Source: printers `printControllerRevision`. */
function controllerCell(o: ControllerRevision): string {
  const owner = controllerOf(o);
  if (!owner) return "<none>";
  const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/", 1)[0]}` : "";
  return `${`${owner.kind}${group}`.toLowerCase()}/${owner.name}`;
}
