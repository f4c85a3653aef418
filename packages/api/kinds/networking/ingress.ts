import { defineKind, type FieldError, invalid } from "@wherry/machinery";
import type { Ingress as Type } from "../../generated/types.ts";
import { notActedOn } from "../not-acted-on.ts";
import { keepOtherHalf } from "../status.ts";
import { ingressColumns } from "./ingress/columns.ts";
import { validateIngressSpec, validateIngressStatus } from "./ingress/validation.ts";

export type Ingress = Type;

/** How a class was chosen before there was a field for it. */
export const INGRESS_CLASS_ANNOTATION = "kubernetes.io/ingress.class";

export const Ingress = defineKind<Ingress>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "Ingress",
  plural: "ingresses",
  singular: "ingress",
  shortNames: ["ing"],
  scope: "Namespaced",
  schema: "io.k8s.api.networking.v1.Ingress",
  hasGeneration: true,
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = { loadBalancer: {} };
  },
  prepareForUpdate: keepOtherHalf,
  defaults(o) {
    o.spec ??= {};
    o.status ??= {};
    o.status.loadBalancer ??= {};
  },
  validate: (o) => [...validateIngressSpec(o.spec), ...validateIngressStatus(o.status)],
  validateCreate,
  warnings: notActedOn,
  columns: ingressColumns,
});

/** Source: networking validation `ValidateIngressCreate`. */
function validateCreate(o: Ingress): FieldError[] {
  const annotation = o.metadata.annotations?.[INGRESS_CLASS_ANNOTATION];
  const { ingressClassName } = o.spec;
  if (annotation === undefined || ingressClassName === undefined || annotation === ingressClassName) return [];
  return [invalid(`annotations.${INGRESS_CLASS_ANNOTATION}`, annotation, "must match `ingressClassName` when both are specified")];
}
