import { defineKind } from "@wherry/machinery";
import type { ServiceAccount as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { type InertField, inertFieldWarnings } from "../inert-field.ts";

export type ServiceAccount = Type;

/** What a ServiceAccount may say in vain. */
export const SERVICE_ACCOUNT_INERT_FIELDS: readonly InertField[] = [
  { path: "automountServiceAccountToken", note: "accepted, but no token is mounted in this version" },
];

export const ServiceAccount = defineKind<ServiceAccount>({
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  singular: "serviceaccount",
  shortNames: ["sa"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.ServiceAccount",
  returnsDeleted: true,
  subresources: {
    token: { type: "connect", verbs: ["create"], group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
  },
  warnings: (o) => inertFieldWarnings(o, SERVICE_ACCOUNT_INERT_FIELDS),
  columns: [nameColumn, { name: "Secrets", type: "string", value: (o) => o.secrets?.length ?? 0 }, ageColumn],
});
