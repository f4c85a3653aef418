import { duplicate, type FieldError, isPathSegmentName, validateLabelSelector } from "@wherry/machinery";
import type { MatchResources, NamedRuleWithOperations } from "../../generated/types.ts";
import { broken, each, oneOf } from "../rules.ts";
import { defaultRule, validateRule } from "./rule.ts";
import { MATCH_POLICIES } from "./webhook.ts";

/** Source: admissionregistration/v1 defaults `SetDefaults_MatchResources`. */
export function defaultMatchResources(m: MatchResources): void {
  m.matchPolicy ??= "Equivalent";
  m.namespaceSelector ??= {};
  m.objectSelector ??= {};
  for (const rule of [...(m.resourceRules ?? []), ...(m.excludeResourceRules ?? [])]) defaultRule(rule);
}

/** Source: admissionregistration validation `validateMatchResources`. */
export function validateMatchResources(m: MatchResources, path: string): FieldError[] {
  return [
    ...oneOf(`${path}.matchPolicy`, m.matchPolicy, MATCH_POLICIES),
    ...validateLabelSelector(m.namespaceSelector, `${path}.namespaceSelector`),
    ...validateLabelSelector(m.objectSelector, `${path}.objectSelector`),
    ...each(m.resourceRules, `${path}.resourceRules`, namedRule),
    ...each(m.excludeResourceRules, `${path}.excludeResourceRules`, namedRule),
  ];
}

function namedRule(rule: NamedRuleWithOperations, path: string): FieldError[] {
  const names = rule.resourceNames ?? [];
  const ofNames = each(names, `${path}.resourceNames`, (name, at, i) => [
    ...broken(at, name, isPathSegmentName(name)),
    ...(names.indexOf(name) < i ? [duplicate(at, name)] : []),
  ]);
  return [...ofNames, ...validateRule(rule, path)];
}
