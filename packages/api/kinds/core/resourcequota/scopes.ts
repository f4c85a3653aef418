import { type FieldError, invalid, notSupported, required } from "@wherry/machinery";
import type { ResourceQuotaSpec, ScopedResourceSelectorRequirement } from "../../../generated/types.ts";
import { each } from "../../rules.ts";
import { isStandardQuotaResource } from "../resources.ts";

const SCOPES = ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"];
const CONFLICTS = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;
const COMPUTE = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory", "pods"].concat([
  "ephemeral-storage",
  "requests.ephemeral-storage",
  "limits.ephemeral-storage",
]);

/** Source: core validation `validateResourceQuotaScopes`, `validateScopeSelector`. */
export function validateScopes(spec: ResourceQuotaSpec, path: string): FieldError[] {
  const scopes = spec.scopes ?? [];
  const at = `${path}.scopes`;
  const names = Object.keys(spec.hard ?? {}).filter(isStandardQuotaResource);
  return [
    ...scopes.flatMap((scope) => [
      ...(SCOPES.includes(scope) ? [] : [invalid(at, scopes, "unsupported scope")]),
      ...names.filter((name) => !isScopeFor(scope, name)).map(() => invalid(at, scopes, "unsupported scope applied to resource")),
    ]),
    ...CONFLICTS.filter((pair) => pair.every((scope) => scopes.includes(scope))).map(() => invalid(at, scopes, "conflicting scopes")),
    ...each(spec.scopeSelector?.matchExpressions, `${path}.scopeSelector.matchExpressions`, validateExpression),
  ];
}

/** Source: core helper `IsResourceQuotaScopeValidForResource`. */
function isScopeFor(scope: string, resource: string): boolean {
  if (scope === "BestEffort") return resource === "pods";
  return !SCOPES.includes(scope) || COMPUTE.includes(resource) || resource.includes("hugepages-");
}

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];
const WITHOUT_VALUES = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];

function validateExpression(e: ScopedResourceSelectorRequirement, path: string): FieldError[] {
  const { scopeName = "", operator = "", values = [] } = e;
  const needs = operator === "In" || operator === "NotIn";
  const existsOnly = WITHOUT_VALUES.includes(scopeName) && operator !== "Exists";
  return [
    ...(SCOPES.includes(scopeName) ? [] : [invalid(`${path}.scopeName`, scopeName, "unsupported scope")]),
    ...(existsOnly
      ? [
          invalid(
            `${path}.operator`,
            operator,
            "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, " +
              "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
          ),
        ]
      : []),
    ...(OPERATORS.includes(operator) ? [] : [notSupported(`${path}.operator`, operator, OPERATORS)]),
    ...(needs && values.length === 0
      ? [required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")]
      : []),
    ...(!needs && values.length > 0
      ? [invalid(`${path}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")]
      : []),
  ];
}
