import { type FieldError, forbiddenField, invalid, required } from "@wherry/machinery";
import type { ResourceRequirements } from "../../../generated/types.ts";
import { amounts, canonicalize, containerResourceName, isOvercommitable, type ResourceList, resourceAmount } from "../resources.ts";

/** Source: core validation `ValidateContainerResourceRequirements`. */
export function validateResources(r: ResourceRequirements | undefined, path: string): FieldError[] {
  const limits = `${path}.limits`;
  const requests = `${path}.requests`;
  return [
    ...listErrors(r?.limits, limits),
    ...listErrors(r?.requests, requests),
    ...comparison(r, requests, limits),
    ...hugePages({ ...r?.limits, ...r?.requests }, path),
  ];
}

/** Canonical amounts; `{}` when there are none. */
export function defaultResources(r: ResourceRequirements | undefined): ResourceRequirements {
  const result = r ?? {};
  canonicalize(result.limits);
  canonicalize(result.requests);
  return result;
}

/** What is limited is requested too. Source: v1 defaults `SetDefaults_Pod`. */
export function defaultRequestsToLimits(r: ResourceRequirements): void {
  if (r.limits) r.requests = { ...r.limits, ...r.requests };
}

function listErrors(list: ResourceList | undefined, path: string): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, amount]) => [
    ...containerResourceName(`${path}[${name}]`, name),
    ...resourceAmount(`${path}[${name}]`, name, amount),
  ]);
}

function comparison(r: ResourceRequirements | undefined, requests: string, limits: string): FieldError[] {
  const most = amounts(r?.limits);
  return [...amounts(r?.requests)].flatMap(([name, amount]) => {
    const limit = most.get(name);
    if (!limit) return isOvercommitable(name) ? [] : [required(limits, "Limit must be set for non overcommitable resources")];
    if (!isOvercommitable(name) && !amount.equals(limit)) {
      return [invalid(requests, amount.toString(), `must be equal to ${name} limit of ${limit}`)];
    }
    return amount.compare(limit) > 0
      ? [invalid(requests, amount.toString(), `must be less than or equal to ${name} limit of ${limit}`)]
      : [];
  });
}

function hugePages(all: ResourceList, path: string): FieldError[] {
  const names = Object.keys(all);
  const alone = names.some((n) => n.startsWith("hugepages-")) && !names.includes("cpu") && !names.includes("memory");
  return alone ? [forbiddenField(path, "HugePages require cpu or memory")] : [];
}
