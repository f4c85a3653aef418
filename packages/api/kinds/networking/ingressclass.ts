import {
  defineKind,
  type FieldError,
  forbiddenField,
  invalid,
  isDNS1123Label,
  isDNS1123Subdomain,
  isDomainPrefixed,
  required,
  tooLong,
} from "@wherry/machinery";
import type { IngressClassParametersReference, IngressClass as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { broken, immutable, oneOf } from "../rules.ts";
import { validateReference } from "./reference.ts";

export type IngressClass = Type;

/** Marks the class of ingresses that name none. */
export const DEFAULT_CLASS_ANNOTATION = "ingressclass.kubernetes.io/is-default-class";

const MAX_CONTROLLER = 250;
const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const httpPath = new RegExp(`^(?:${HTTP_PATH})$`);

export const IngressClass = defineKind<IngressClass>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IngressClass",
  plural: "ingressclasses",
  singular: "ingressclass",
  scope: "Cluster",
  schema: "io.k8s.api.networking.v1.IngressClass",
  hasGeneration: true,
  defaults(o) {
    o.spec ??= {};
    if (o.spec.parameters) o.spec.parameters.scope ??= "Cluster";
  },
  validate: ({ spec }) => [...controller(spec.controller), ...(spec.parameters ? parameters(spec.parameters, "spec.parameters") : [])],
  validateUpdate: (next, prev) => immutable("spec.controller", next.spec.controller ?? "", next.spec.controller === prev.spec.controller),
  warnings: notActedOn,
  columns: [
    nameColumn,
    { name: "Controller", type: "string", value: (o) => o.spec.controller ?? "" },
    { name: "Parameters", type: "string", value: (o) => parametersCell(o.spec.parameters) },
    ageColumn,
  ],
});

/** Source: apimachinery `validation.IsDomainPrefixedPath`. */
function controller(value: string | undefined): FieldError[] {
  const at = "spec.controller";
  if (!value) return [required(at)];
  const errors = value.length > MAX_CONTROLLER ? [tooLong(at, MAX_CONTROLLER)] : [];
  const shape = broken(at, value, isDomainPrefixed(value));
  if (shape.length > 0) return [...errors, ...shape];
  const host = value.slice(0, value.indexOf("/"));
  const path = value.slice(host.length + 1);
  const bad = httpPath.test(path) ? [] : [invalid(at, path, `Invalid path (regex used for validation is '${HTTP_PATH}')`)];
  return [...errors, ...broken(at, host, isDNS1123Subdomain(host)), ...bad];
}

/** Source: networking validation `validateIngressClassParametersReference`. */
function parameters(p: IngressClassParametersReference, path: string): FieldError[] {
  return [
    ...validateReference(p, path),
    ...oneOf(`${path}.scope`, p.scope, ["Cluster", "Namespace"]),
    ...namespace(p, `${path}.namespace`),
  ];
}

function namespace({ scope, namespace: value }: IngressClassParametersReference, path: string): FieldError[] {
  if (scope === "Cluster" && value !== undefined) return [forbiddenField(path, "`parameters.scope` is set to 'Cluster'")];
  if (scope !== "Namespace") return [];
  return value === undefined ? [required(path, "`parameters.scope` is set to 'Namespace'")] : broken(path, value, isDNS1123Label(value));
}

/** Source: printers `printIngressClass`. */
function parametersCell(p: IngressClassParametersReference | undefined): string {
  if (!p) return "<none>";
  return `${p.kind}${p.apiGroup !== undefined ? `.${p.apiGroup}` : ""}/${p.name}`;
}
