import type { PodTemplateSpec } from "@wherry/api";
import type { ObjectMeta } from "@wherry/machinery";
import { nameOf, type Source, sourcesOf } from "./sources.ts";

/** On a workload: `"true"` when it is to roll whenever a ConfigMap or Secret changes that its pods are made from. */
export const RESTART_ON_CHANGE = "wherry.io/restart-on-change";
/** On a workload that asked for it: the hash of each source when pods were last started for it, as JSON. */
export const OBSERVED_SOURCES = "wherry.io/observed-sources";
/** On its pod template, once something changed: what makes the template a new one. */
export const RESTARTED_FOR = "wherry.io/restarted-for";

/** The hash of an optional source that is not there. */
const ABSENT = "absent";

/** A workload with a template of pods. */
export interface Workload {
  metadata: ObjectMeta;
  spec?: { template?: PodTemplateSpec };
}

/** What one reconcile is to write; nothing when absent. */
export interface RestartPlan {
  /** The new value of `wherry.io/observed-sources`. */
  observed: string;
  /** Which sources changed, and the new value of `wherry.io/restarted-for`; absent when pods need no restart. */
  restart?: { changed: string[]; hash: string };
}

/** Whether the workload asked for it. */
export const isWanted = ({ metadata }: Workload): boolean => metadata.annotations?.[RESTART_ON_CHANGE] === "true";

/**
 * What to write after a look at the sources of a workload that asked for it. A source that was not used before is only noted: the change of the template
 * that brought it has started the pods anew already. One that is missing is waited for: what is known of it stays, unless pods can start without it.
 * `hashOf` gives undefined for a source that does not exist.
 */
export function planRestart(workload: Workload, hashOf: (source: Source) => string | undefined, combine: (text: string) => string) {
  const before = observedBy(workload);
  const now: Record<string, string> = {};
  for (const source of sourcesOf(workload.spec?.template?.spec)) {
    const hash = hashOf(source) ?? (source.optional ? ABSENT : before[nameOf(source)]);
    if (hash !== undefined) now[nameOf(source)] = hash;
  }
  const observed = JSON.stringify(now);
  if (observed === workload.metadata.annotations?.[OBSERVED_SOURCES]) return undefined;
  const changed = Object.keys(now).filter((name) => Object.hasOwn(before, name) && before[name] !== now[name]);
  const plan: RestartPlan = { observed, ...(changed.length > 0 && { restart: { changed, hash: combine(observed) } }) };
  return plan;
}

/** What is not what this controller wrote counts as nothing known. */
function observedBy({ metadata }: Workload): Record<string, string> {
  try {
    const value: unknown = JSON.parse(metadata.annotations?.[OBSERVED_SOURCES] ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, string>) : {};
  } catch {
    return {};
  }
}
