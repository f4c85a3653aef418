import type { Namespace, NamespaceCondition, NamespaceStatus } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import { deepEqual } from "@wherry/machinery";

/** The finalizer that this controller answers for. */
export const FINALIZER = "kubernetes";

/** What is still there of one resource. */
export interface Remaining {
  /** Plural. */
  resource: string;
  group: string;
  count: number;
  /** How many of them wait for each finalizer. */
  finalizers: Readonly<Record<string, number>>;
}

export interface Content {
  remaining: readonly Remaining[];
  /** Why resources could not be deleted or listed. */
  failures: readonly string[];
}

/** Either the namespace may go, or its status says what it waits for (absent when it already does). */
export type NamespacePlan = { do: "finalize"; finalizers: string[] } | { do: "wait"; status?: NamespaceStatus };

/** Source: pkg/controller/namespace/deletion. */
export function planNamespace(ns: Namespace, { remaining, failures }: Content, now: number): NamespacePlan {
  if (remaining.length === 0 && failures.length === 0) {
    return { do: "finalize", finalizers: (ns.spec?.finalizers ?? []).filter((f) => f !== FINALIZER) };
  }
  const conditions = findings(remaining, failures).map((c) => keepTime(c, ns.status?.conditions, now));
  const status = { ...ns.status, phase: "Terminating", conditions };
  return deepEqual(status, ns.status) ? { do: "wait" } : { do: "wait", status };
}

function findings(remaining: readonly Remaining[], failures: readonly string[]): NamespaceCondition[] {
  const waiting = waitingFor(remaining);
  const say = (type: string, status: "True" | "False", reason: string, message: string) => ({ type, status, reason, message });
  const failed = `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(", ")}`;
  const counts = remaining.map((r) => `${r.resource}.${r.group} has ${r.count} resource instances`).sort();
  return [
    say("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
    say("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    failures.length > 0
      ? say("NamespaceDeletionContentFailure", "True", "ContentDeletionFailed", failed)
      : say(
          "NamespaceDeletionContentFailure",
          "False",
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        ),
    counts.length > 0
      ? say("NamespaceContentRemaining", "True", "SomeResourcesRemain", `Some resources are remaining: ${counts.join(", ")}`)
      : say("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed"),
    waiting.length > 0
      ? say(
          "NamespaceFinalizersRemaining",
          "True",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${waiting.join(", ")}`,
        )
      : say("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
  ];
}

function waitingFor(remaining: readonly Remaining[]): string[] {
  const totals = new Map<string, number>();
  for (const { finalizers } of remaining) for (const [f, n] of Object.entries(finalizers)) totals.set(f, (totals.get(f) ?? 0) + n);
  return [...totals].map(([f, n]) => `${f} in ${n} resource instances`).sort();
}

/** A condition keeps the time of its last change of status. */
function keepTime(c: NamespaceCondition, old: readonly NamespaceCondition[] | undefined, now: number): NamespaceCondition {
  const before = old?.find((o) => o.type === c.type);
  const since = before?.status === c.status ? before.lastTransitionTime : undefined;
  return { ...c, lastTransitionTime: since ?? rfc3339(now) };
}
