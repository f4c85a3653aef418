import { defineKind, type FieldError, forbiddenField, isDNS1123Subdomain, required, semanticEqual } from "@wherry/machinery";
import type { VolumeAttachment as Type, VolumeAttachmentSource } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { immutable, named } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { validateDriverName } from "./driver-name.ts";

export type VolumeAttachment = Type;

export const VolumeAttachment = defineKind<VolumeAttachment>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttachment",
  plural: "volumeattachments",
  singular: "volumeattachment",
  scope: "Cluster",
  schema: "io.k8s.api.storage.v1.VolumeAttachment",
  allowUnconditionalUpdate: false,
  returnsDeleted: true,
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = { attached: false };
  },
  statusKeeps: ["annotations", "labels"],
  prepareForUpdate: keepOtherHalf,
  defaults(o) {
    o.spec ??= {} as Type["spec"];
  },
  validate: ({ spec }) => [
    ...validateDriverName(spec.attacher, "spec.attacher"),
    ...validateSource(spec.source ?? {}, "spec.source"),
    ...named("spec.nodeName", spec.nodeName, isDNS1123Subdomain),
  ],
  validateUpdate: (next, prev) => immutable("spec", next.spec, semanticEqual(next.spec, prev.spec)),
  warnings: notActedOn,
  columns: [
    nameColumn,
    { name: "Attacher", type: "string", format: "name", value: (o) => o.spec.attacher ?? "" },
    { name: "PV", type: "string", value: (o) => o.spec.source?.persistentVolumeName ?? "" },
    { name: "Node", type: "string", value: (o) => o.spec.nodeName ?? "" },
    { name: "Attached", type: "boolean", value: (o) => o.status?.attached ?? false },
    ageColumn,
  ],
});

/** Source: storage validation `validateVolumeAttachmentSource`. */
function validateSource({ inlineVolumeSpec, persistentVolumeName: name }: VolumeAttachmentSource, path: string): FieldError[] {
  if (!inlineVolumeSpec && name === undefined)
    return [required(path, "must specify exactly one of inlineVolumeSpec and persistentVolumeName")];
  if (inlineVolumeSpec && name !== undefined)
    return [forbiddenField(path, "must specify exactly one of inlineVolumeSpec and persistentVolumeName")];
  return name === "" ? [required(`${path}.persistentVolumeName`, "must specify non empty persistentVolumeName")] : [];
}
