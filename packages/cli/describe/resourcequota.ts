import type { ResourceQuota } from "@wherry/api";
import { Quantity } from "@wherry/machinery";
import { type Description, sortedKeys } from "./description.ts";
import { addName } from "./metadata.ts";

/** Source: kubectl pkg/describe/describe.go, `helpTextForResourceQuotaScope`. */
const SCOPES: Readonly<Record<string, string>> = {
  Terminating:
    "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
  NotTerminating:
    "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.",
  BestEffort: "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.",
  NotBestEffort:
    "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
};

/** A quota. Source: kubectl pkg/describe/describe.go, `describeQuota`. */
export function describe(d: Description, quota: ResourceQuota): void {
  addName(d, quota);
  addQuota(d, quota, " * ", "----");
}

/** The scopes of a quota, and what is used of what it allows. */
export function addQuota(d: Description, { spec, status }: ResourceQuota, bullet: string, rule: string): void {
  const scopes = (spec?.scopes ?? []).toSorted();
  if (scopes.length) d.line(0, "Scopes:", scopes.join(", "));
  for (const scope of scopes) if (SCOPES[scope]) d.line(0, `${bullet}${SCOPES[scope]}`);
  d.line(0, "Resource", "Used", "Hard");
  d.line(0, "--------", rule, rule);
  for (const name of sortedKeys(status?.hard)) {
    const hard = Quantity.parse(status?.hard?.[name] ?? "0");
    const used = Quantity.parse(status?.used?.[name] ?? "0");
    d.line(0, name, (used.format === hard.format ? used : Quantity.of(used.value(), hard.format)).toString(), hard.toString());
  }
}
