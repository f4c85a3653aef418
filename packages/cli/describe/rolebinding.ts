import type { ClusterRoleBinding, RoleBinding } from "@wherry/api";
import type { Description } from "./description.ts";
import { addLabels } from "./metadata.ts";

/** A role binding, or a cluster's. Source: kubectl pkg/describe/describe.go, `RoleBindingDescriber`. */
export function describe(d: Description, binding: RoleBinding | ClusterRoleBinding): void {
  d.line(0, "Name:", binding.metadata.name);
  addLabels(d, binding);
  d.line(0, "Role:");
  d.line(1, "Kind:", binding.roleRef.kind);
  d.line(1, "Name:", binding.roleRef.name);
  d.line(0, "Subjects:");
  d.line(1, "Kind", "Name", "Namespace");
  d.line(1, "----", "----", "---------");
  for (const { kind, name, namespace = "" } of binding.subjects ?? []) d.line(1, kind, name, namespace);
}
