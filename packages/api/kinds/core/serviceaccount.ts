import { defineKind } from "@wherry/machinery";
import type { ServiceAccount as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type ServiceAccount = Type;

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
  columns: [nameColumn, { name: "Secrets", type: "string", value: (o) => o.secrets?.length ?? 0 }, ageColumn],
});
