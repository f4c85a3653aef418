import { defineKind, duplicate, type FieldError, forbiddenField, invalid, isQualifiedName, required } from "@wherry/machinery";
import type { LimitRangeItem, LimitRange as Type } from "../../generated/types.ts";
import { createdAtColumns } from "../columns.ts";
import { broken, each } from "../rules.ts";
import { compareBounds } from "./limitrange/bounds.ts";
import { canonicalize, containerResourceName, type ResourceList, standardResourceName } from "./resources.ts";

export type LimitRange = Type;

const TYPES = ["Container", "PersistentVolumeClaim", "Pod"];

export const LimitRange = defineKind<LimitRange>({
  group: "",
  version: "v1",
  kind: "LimitRange",
  plural: "limitranges",
  singular: "limitrange",
  shortNames: ["limits"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.LimitRange",
  allowCreateOnUpdate: true,
  defaults(o) {
    o.spec ??= { limits: [] };
    for (const limit of o.spec.limits ?? []) defaultLimit(limit);
  },
  validate,
  columns: createdAtColumns,
});

/** Source: v1 defaults `SetDefaults_LimitRangeItem`. */
function defaultLimit(limit: LimitRangeItem): void {
  for (const list of [limit.max, limit.min, limit.default, limit.defaultRequest, limit.maxLimitRequestRatio]) canonicalize(list);
  if (limit.type !== "Container") return;
  limit.default = { ...limit.max, ...limit.default };
  limit.defaultRequest = { ...limit.min, ...limit.default, ...limit.defaultRequest };
}

/** Source: core validation `ValidateLimitRange`. */
function validate({ spec }: LimitRange): FieldError[] {
  const types = new Set<string>();
  return each(spec.limits, "spec.limits", (limit, at) => {
    const again = types.has(limit.type) ? [duplicate(`${at}.type`, limit.type)] : [];
    types.add(limit.type);
    return [
      ...again,
      ...validateType(limit.type ?? "", `${at}.type`),
      ...validateNames(limit, at),
      ...validateKind(limit, at),
      ...compareBounds(limit, at),
    ];
  });
}

function validateType(type: string, path: string): FieldError[] {
  const shape = broken(path, type, isQualifiedName(type));
  if (shape.length > 0 || type.includes("/") || TYPES.includes(type)) return shape;
  return [invalid(path, type, "must be a standard limit type or fully qualified")];
}

const LISTS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

function validateNames(limit: LimitRangeItem, path: string): FieldError[] {
  const rule = limit.type === "Container" ? containerResourceName : standardResourceName;
  const check = (list: ResourceList | undefined, at: string) => Object.keys(list ?? {}).flatMap((name) => rule(`${at}[${name}]`, name));
  return LISTS.flatMap((field) => check(limit[field], `${path}.${field}`));
}

function validateKind(limit: LimitRangeItem, path: string): FieldError[] {
  if (limit.type === "Pod") {
    const given = (["default", "defaultRequest"] as const).filter((field) => Object.keys(limit[field] ?? {}).length > 0);
    return given.map((field) => forbiddenField(`${path}.${field}`, "may not be specified when `type` is 'Pod'"));
  }
  if (limit.type !== "PersistentVolumeClaim" || limit.min?.storage || limit.max?.storage) return [];
  return [required(`${path}.limits`, "either minimum or maximum storage value is required, but neither was provided")];
}
