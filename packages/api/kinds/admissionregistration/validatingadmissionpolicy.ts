import { defineKind } from "@wherry/machinery";
import { loadCel } from "@wherry/machinery/cel/language.ts";
import type { ValidatingAdmissionPolicy as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { keepOtherHalf } from "../status.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { validatePolicy } from "./policy/validation.ts";

export type ValidatingAdmissionPolicy = Type;

export const ValidatingAdmissionPolicy = defineKind<ValidatingAdmissionPolicy>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingAdmissionPolicy",
  plural: "validatingadmissionpolicies",
  singular: "validatingadmissionpolicy",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
  hasGeneration: true,
  load: loadCel,
  allowUnconditionalUpdate: false,
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = {};
  },
  statusKeeps: ["annotations", "labels"],
  prepareForUpdate: keepOtherHalf,
  defaults(o) {
    o.spec ??= {};
    o.status ??= {};
    o.spec.failurePolicy ??= "Fail";
    if (o.spec.matchConstraints) defaultMatchResources(o.spec.matchConstraints);
  },
  validate: validatePolicy,
  warnings: notActedOn,
  columns: [
    nameColumn,
    { name: "Validations", type: "integer", value: (o) => o.spec.validations?.length ?? 0 },
    { name: "ParamKind", type: "string", value: ({ spec: { paramKind: p } }) => (p ? `${p.apiVersion}/${p.kind}` : "<unset>") },
    ageColumn,
  ],
});
