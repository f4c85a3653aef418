import { rfc3339 } from "@wherry/base";
import { deepCopy } from "@wherry/machinery";
import type { CertificateSigningRequest } from "../../../generated/types.ts";

type Conditions = NonNullable<NonNullable<CertificateSigningRequest["status"]>["conditions"]>;

/**
 * Fills in when conditions were set; a condition that already stood with this status keeps its transition. Changes `next`. Source: certificates
 * strategy `populateConditionTimestamps`.
 * @param now milliseconds since the epoch
 */
export function stampConditions(next: CertificateSigningRequest, prev: CertificateSigningRequest, now: number): void {
  for (const condition of next.status?.conditions ?? []) {
    const before = prev.status?.conditions?.find((c) => c.type === condition.type && c.status === condition.status);
    condition.lastUpdateTime ||= rfc3339(now);
    condition.lastTransitionTime ||= before?.lastTransitionTime || rfc3339(now);
  }
}

/** A writer of the status does not touch approvals: as many as there were stay as they were. Changes `next`. */
export function keepApprovals(next: CertificateSigningRequest, prev: CertificateSigningRequest): void {
  const conditions: Conditions = next.status?.conditions ?? [];
  for (const type of ["Approved", "Denied"]) {
    const before = (prev.status?.conditions ?? []).filter((c) => c.type === type);
    const places = conditions.flatMap((c, i) => (c.type === type ? [i] : []));
    if (places.length !== before.length) continue;
    for (const [nth, place] of places.entries()) conditions[place] = deepCopy(before[nth] as Conditions[number]);
  }
}
