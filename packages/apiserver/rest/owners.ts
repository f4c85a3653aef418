import { dedupOwnerReferences } from "@wherry/machinery";
import type { AnyObject } from "./context.ts";

const ADVICE = "API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests";

/** Drops owner references that stand twice in `object`, and warns of them. Source: apiserver `handlers.dedupOwnerReferencesAndAddWarning`. */
export function dropDuplicateOwners(object: AnyObject, warnings: string[], when = ""): void {
  const dropped = dedupOwnerReferences(object.metadata);
  if (dropped.length === 0) return;
  warnings.push(`.metadata.ownerReferences contains duplicate entries${when}; ${ADVICE}; duplicate UID(s) observed: ${dropped.join(", ")}`);
}
