import { defineKind, type FieldError, forbiddenField, invalid, semanticEqual } from "@wherry/machinery";
import type { ConfigMap as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { decodedLength, validateKeys, validateSize } from "./data.ts";

export type ConfigMap = Type;

export const ConfigMap = defineKind<ConfigMap>({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  singular: "configmap",
  shortNames: ["cm"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.ConfigMap",
  validate,
  validateUpdate,
  columns: [
    nameColumn,
    { name: "Data", type: "string", value: (o) => Object.keys(o.data ?? {}).length + Object.keys(o.binaryData ?? {}).length },
    ageColumn,
  ],
});

/** Source: core validation `ValidateConfigMap`. */
function validate(o: ConfigMap): FieldError[] {
  const twice = Object.keys(o.data ?? {}).filter((key) => Object.hasOwn(o.binaryData ?? {}, key));
  return [
    ...validateKeys("data", o.data),
    ...twice.map((key) => invalid(`data[${key}]`, key, "duplicate of key present in binaryData")),
    ...validateKeys("binaryData", o.binaryData),
    ...validateSize("", size(o)),
  ];
}

function size(o: ConfigMap): number {
  const text = Object.values(o.data ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  return Object.values(o.binaryData ?? {}).reduce((sum, value) => sum + decodedLength(value), text);
}

/** Source: core validation `ValidateConfigMapUpdate`. */
function validateUpdate(next: ConfigMap, prev: ConfigMap): FieldError[] {
  if (!prev.immutable) return [];
  const detail = "field is immutable when `immutable` is set";
  return [
    ...(next.immutable ? [] : [forbiddenField("immutable", detail)]),
    ...(semanticEqual(next.data, prev.data) ? [] : [forbiddenField("data", detail)]),
    ...(semanticEqual(next.binaryData, prev.binaryData) ? [] : [forbiddenField("binaryData", detail)]),
  ];
}
