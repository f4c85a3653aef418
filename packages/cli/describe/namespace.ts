import type { Namespace } from "@wherry/api";
import { StatusError } from "@wherry/base/status-error.ts";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import { addTimedConditions } from "./conditions.ts";
import type { Description } from "./description.ts";
import { addLimits, LIMIT_COLUMNS } from "./limitrange.ts";
import { addLabels } from "./metadata.ts";
import { addQuota } from "./resourcequota.ts";
import { LOOKUP, type Surroundings } from "./surroundings.ts";

/** A namespace, with the quotas and limits in it. Source: kubectl pkg/describe/describe.go, `describeNamespace`. */
export async function describe(d: Description, namespace: Namespace, around: Surroundings): Promise<void> {
  const { metadata, status } = namespace;
  d.line(0, "Name:", metadata.name);
  addLabels(d, namespace);
  d.line(0, "Status:", status?.phase ?? "");
  addTimedConditions(d, status?.conditions);
  const quotas = await within(LOOKUP.resourceQuotas, metadata.name, around);
  if (quotas) {
    d.write(0, quotas.length ? "\nResource Quotas\n" : "\nNo resource quota.\n");
    for (const quota of quotas.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
      d.line(1, "Name:", quota.metadata.name);
      addQuota(d.nested(1), quota, "* ", "---");
    }
  }
  const limits = await within(LOOKUP.limitRanges, metadata.name, around);
  if (!limits) return;
  d.write(0, limits.length ? "\nResource Limits\n" : "\nNo LimitRange resource.\n");
  for (const cells of limits.length ? LIMIT_COLUMNS : []) d.line(0, ...cells.with(0, ` ${cells[0]}`));
  for (const range of limits) addLimits(d, range, " ");
}

/** Undefined when the server knows no such kind. */
async function within<O extends ApiObject>(kind: KindDefinition<O>, namespace: string, { client }: Surroundings): Promise<O[] | undefined> {
  try {
    return (await client.list(kind, { namespace })).items;
  } catch (error) {
    if (error instanceof StatusError && error.code === 404) return undefined;
    throw error;
  }
}
