import {
  type Column,
  deepEqual,
  type FieldError,
  invalid,
  isDNS1123Subdomain,
  isPathSegmentName,
  notSupported,
  required,
} from "@wherry/machinery";
import type { RbacSubject, RoleBinding, RoleRef } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { broken, each, named, present } from "../rules.ts";

export const RBAC_GROUP = "rbac.authorization.k8s.io";

/** What RoleBinding and ClusterRoleBinding have in common. */
export type AnyBinding = Pick<RoleBinding, "apiVersion" | "kind" | "metadata" | "roleRef" | "subjects">;

/** Source: rbac/v1 defaults `SetDefaults_RoleBinding`, `SetDefaults_Subject`. */
export function defaultBinding(o: AnyBinding): void {
  o.roleRef ??= {} as RoleRef;
  o.roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of o.subjects ?? []) if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= RBAC_GROUP;
}

/**
 * Source: rbac validation `ValidateRoleBinding`, `ValidateClusterRoleBinding`.
 * @param kinds what may be bound
 */
export function validateBinding(o: AnyBinding, kinds: readonly string[], namespaced: boolean): FieldError[] {
  const { apiGroup, kind, name } = o.roleRef;
  return [
    ...(apiGroup === RBAC_GROUP ? [] : [notSupported("roleRef.apiGroup", apiGroup, [RBAC_GROUP])]),
    ...(kinds.includes(kind) ? [] : [notSupported("roleRef.kind", kind ?? "", kinds)]),
    ...named("roleRef.name", name, isPathSegmentName),
    ...each(o.subjects, "subjects", (subject, at) => validateSubject(subject, namespaced, at)),
  ];
}

const SERVICE_ACCOUNTS = /^system:serviceaccounts(:|$)/;

/** Roles bind service accounts; users with certificates or other tokens may do everything anyway. */
export function bindingWarnings({ subjects }: AnyBinding): string[] {
  const unbound = ({ kind, name }: RbacSubject) => kind === "User" || (kind === "Group" && !SERVICE_ACCOUNTS.test(name));
  const note = "has no effect in this version: users who show valid credentials may do everything, only service accounts are held to roles";
  return (subjects ?? []).flatMap((subject, i) => (unbound(subject) ? [`subjects[${i}]: ${note}`] : []));
}

/** A binding stays with its role. */
export function validateBindingUpdate(next: AnyBinding, prev: AnyBinding): FieldError[] {
  return deepEqual(next.roleRef, prev.roleRef) ? [] : [invalid("roleRef", next.roleRef, "cannot change roleRef")];
}

function validateSubject(s: RbacSubject, namespaced: boolean, path: string): FieldError[] {
  const errors = present(`${path}.name`, s.name);
  switch (s.kind) {
    case "ServiceAccount":
      return [...errors, ...accountErrors(s, namespaced, path)];
    case "User":
    case "Group":
      return [...errors, ...principalErrors(s, path)];
    default:
      return [...errors, notSupported(`${path}.kind`, s.kind ?? "", ["ServiceAccount", "User", "Group"])];
  }
}

function accountErrors(s: RbacSubject, namespaced: boolean, path: string): FieldError[] {
  return [
    ...(s.name ? broken(`${path}.name`, s.name, isDNS1123Subdomain(s.name)) : []),
    ...(s.apiGroup ? [notSupported(`${path}.apiGroup`, s.apiGroup, [""])] : []),
    ...(namespaced || s.namespace ? [] : [required(`${path}.namespace`)]),
  ];
}

function principalErrors({ kind, name, apiGroup = "" }: RbacSubject, path: string): FieldError[] {
  return [
    ...(name ? [] : [invalid(`${path}.name`, name ?? "", `${kind.toLowerCase()} name cannot be empty`)]),
    ...(apiGroup === RBAC_GROUP ? [] : [notSupported(`${path}.apiGroup`, apiGroup, [RBAC_GROUP])]),
  ];
}

/** Source: printers `printRoleBinding`. */
export const bindingColumns: readonly Column<AnyBinding>[] = [
  nameColumn,
  { name: "Role", type: "string", value: (o) => `${o.roleRef.kind}/${o.roleRef.name}` },
  ageColumn,
  { name: "Users", type: "string", priority: 1, value: (o) => names(o, "User") },
  { name: "Groups", type: "string", priority: 1, value: (o) => names(o, "Group") },
  { name: "ServiceAccounts", type: "string", priority: 1, value: (o) => names(o, "ServiceAccount") },
];

function names(o: AnyBinding, kind: string): string {
  const found = (o.subjects ?? []).filter((s) => s.kind === kind);
  return found.map((s) => (kind === "ServiceAccount" ? `${s.namespace ?? ""}/${s.name}` : s.name)).join(", ");
}
