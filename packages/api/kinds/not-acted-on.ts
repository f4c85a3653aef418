import type { ApiObject } from "@wherry/machinery";

const EVERYONE_MAY = "stored, but not enforced in this version: everyone who shows valid credentials may do everything";

/** Kinds that are stored and checked, but that nothing acts on, and what a client is told about them on every write. */
export const NOT_ACTED_ON: Readonly<Record<string, string>> = {
  "networking.k8s.io/v1 Ingress": "stored, but no ingress controller is part of this version: traffic is not routed",
  "networking.k8s.io/v1 NetworkPolicy": "stored, but not enforced in this version",
  "rbac.authorization.k8s.io/v1 ClusterRole": EVERYONE_MAY,
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": EVERYONE_MAY,
  "rbac.authorization.k8s.io/v1 Role": EVERYONE_MAY,
  "rbac.authorization.k8s.io/v1 RoleBinding": EVERYONE_MAY,
};

/** The warning about an object whose kind nothing acts on; none for the others. A kind gives it as (part of) its `warnings`. */
export function notActedOn({ apiVersion, kind }: Pick<ApiObject, "apiVersion" | "kind">): string[] {
  const name = `${apiVersion} ${kind}`;
  return Object.hasOwn(NOT_ACTED_ON, name) ? [`${name}: ${NOT_ACTED_ON[name]}`] : [];
}
