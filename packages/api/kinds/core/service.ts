import { defineKind, isDNS1035Label } from "@wherry/machinery";
import type { Service as Type } from "../../generated/types.ts";
import { inertFieldWarnings } from "../inert-field.ts";
import { keepSpec, keepStatus } from "../status.ts";
import { serviceColumns } from "./service/columns.ts";
import { defaultService } from "./service/defaults.ts";
import { SERVICE_INERT_FIELDS } from "./service/inert-fields.ts";
import { dropTypeDependent, keepAllocated, normalizeClusterIPs } from "./service/update.ts";
import { validateService, validateServiceUpdate } from "./service/validation.ts";

export type Service = Type;

export const Service = defineKind<Service>({
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  singular: "service",
  shortNames: ["svc"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Service",
  allowCreateOnUpdate: true,
  subresources: {
    status: { type: "status" },
    proxy: { type: "connect", verbs: ["create", "delete", "get", "patch", "update"], kind: "ServiceProxyOptions" },
  },
  validateName: isDNS1035Label,
  returnsDeleted: true,
  prepareForCreate(o) {
    o.spec ??= {};
    normalizeClusterIPs(o, undefined);
    o.status = { loadBalancer: {} };
  },
  prepareForUpdate(next, prev, { subresource }) {
    if (subresource === "status") return keepSpec(next, prev);
    keepStatus(next, prev);
    next.spec ??= {};
    next.spec.type ||= "ClusterIP";
    normalizeClusterIPs(next, prev);
    keepAllocated(next, prev);
    dropTypeDependent(next, prev);
  },
  defaults: defaultService,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  warnings: (o) => inertFieldWarnings(o, SERVICE_INERT_FIELDS),
  selectableFields: {
    "spec.clusterIP": (o) => o.spec.clusterIP ?? "",
    "spec.type": (o) => o.spec.type ?? "",
  },
  columns: serviceColumns,
});
