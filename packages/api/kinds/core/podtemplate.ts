import { defineKind } from "@wherry/machinery";
import type { PodTemplate as Type } from "../../generated/types.ts";
import { containerImages, containerNames } from "../apps/pods.ts";
import { formatLabels, nameColumn } from "../columns.ts";
import { defaultPodTemplate, validatePodTemplate } from "./pod/template.ts";
import { podWarnings } from "./pod/warnings.ts";

export type PodTemplate = Type;

export const PodTemplate = defineKind<PodTemplate>({
  group: "",
  version: "v1",
  kind: "PodTemplate",
  plural: "podtemplates",
  singular: "podtemplate",
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.PodTemplate",
  hasGeneration: true,
  defaults(o) {
    o.template = defaultPodTemplate(o.template);
  },
  validate: (o) => validatePodTemplate(o.template ?? { spec: { containers: [] } }, "template"),
  warnings: (o) => (o.template ? podWarnings(o.template, "template.") : []),
  columns: [
    nameColumn,
    { name: "Containers", type: "string", value: (o) => containerNames(o.template) },
    { name: "Images", type: "string", value: (o) => containerImages(o.template) },
    { name: "Pod Labels", type: "string", value: (o) => formatLabels(o.template?.metadata?.labels) },
  ],
});
