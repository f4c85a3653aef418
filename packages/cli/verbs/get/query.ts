import { StatusError } from "@wherry/base/status-error.ts";
import { collectionPath } from "@wherry/client/resource-path.ts";
import { definitionOf } from "../../resource-catalogue.ts";
import type { Target } from "../../targets.ts";
import type { GetOptions } from "../get.ts";

/** The path of what a target names: of one object, or of a list with the selectors. */
export function pathOf(target: Target, options: GetOptions, extra: Record<string, string> = {}): string {
  const base = collectionPath(definitionOf(target.resource), target.namespace);
  const query = new URLSearchParams({
    ...(options.selector && target.name === undefined && { labelSelector: options.selector }),
    ...(options.fieldSelector && target.name === undefined && { fieldSelector: options.fieldSelector }),
    ...extra,
  });
  const object =
    target.name === undefined ? "" : `/${encodeURIComponent(target.name)}${options.subresource ? `/${options.subresource}` : ""}`;
  return `${base}${object}${query.size ? `?${query}` : ""}`;
}

/** What each target gives, in order; failures apart. One that is not there is no failure where `ignoreNotFound`. */
export async function fetchEach<T>(
  targets: readonly Target[],
  options: GetOptions,
  fetch: (target: Target) => Promise<T>,
): Promise<{ found: T[]; failures: unknown[] }> {
  const settled = await Promise.allSettled(targets.map(fetch));
  const failures = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
  return {
    found: settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])),
    failures: failures.filter((error) => !(options.ignoreNotFound && error instanceof StatusError && error.code === 404)),
  };
}

/** Throws what failed, if anything did. */
export function throwFailures(failures: readonly unknown[]): void {
  if (failures.length) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
}
