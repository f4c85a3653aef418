import { type FieldError, invalid, required } from "@wherry/machinery";
import type { PolicyRule } from "../../generated/types.ts";
import { each } from "../rules.ts";

/** The rules of a role. Source: rbac validation `ValidatePolicyRule`. */
export function validateRules(rules: readonly PolicyRule[] | undefined, namespaced: boolean): FieldError[] {
  return each(rules, "rules", (rule, path) => [
    ...(rule.verbs?.length ? [] : [required(`${path}.verbs`, "verbs must contain at least one value")]),
    ...(rule.nonResourceURLs?.length ? ofPaths(rule, namespaced, path) : ofResources(rule, path)),
  ]);
}

function ofPaths({ nonResourceURLs, apiGroups, resources, resourceNames }: PolicyRule, namespaced: boolean, path: string): FieldError[] {
  const at = `${path}.nonResourceURLs`;
  const both = apiGroups?.length || resources?.length || resourceNames?.length;
  return [
    ...(namespaced ? [invalid(at, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs")] : []),
    ...(both ? [invalid(at, nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs")] : []),
  ];
}

function ofResources({ apiGroups, resources }: PolicyRule, path: string): FieldError[] {
  return [
    ...(apiGroups?.length ? [] : [required(`${path}.apiGroups`, "resource rules must supply at least one api group")]),
    ...(resources?.length ? [] : [required(`${path}.resources`, "resource rules must supply at least one resource")]),
  ];
}
