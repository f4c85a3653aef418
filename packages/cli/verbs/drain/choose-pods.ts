import type { Pod } from "@wherry/api";
import { controllerOf } from "@wherry/machinery/object.ts";

/** What drain may do to pods that nobody would bring back. */
export interface DrainRules {
  force?: boolean;
  ignoreDaemonsets?: boolean;
  deleteEmptydirData?: boolean;
}

/** What is to become of a node's pods. */
export interface Choice {
  evicted: Pod[];
  /** Sentences about pods that are left alone, or lost. */
  warnings: string[];
  /** Why nothing may be done at all. */
  errors: string[];
}

interface Verdict {
  evict: boolean;
  warning?: string;
  error?: string;
}

/**
 * Which pods of a node are evicted. `daemonSets` has `namespace/name` of every daemon set that exists. A pod that ended is always evicted.
 * Source: kubectl pkg/drain/filters.go.
 */
export function choosePods(pods: readonly Pod[], rules: DrainRules, daemonSets: ReadonlySet<string>): Choice {
  const evicted: Pod[] = [];
  const reasons = { warning: new Map<string, string[]>(), error: new Map<string, string[]>() };
  for (const pod of pods) {
    const verdicts = FILTERS.map((filter) => filter(pod, rules, daemonSets));
    if (verdicts.every(({ evict }) => evict)) evicted.push(pod);
    // The first filter that lets it stay has the last word.
    const told = verdicts.slice(0, verdicts.findIndex(({ evict }) => !evict) + 1 || undefined);
    for (const { warning, error } of told) {
      const [kind, why] = error ? (["error", error] as const) : (["warning", warning] as const);
      if (why) reasons[kind].set(why, [...(reasons[kind].get(why) ?? []), nameOf(pod)]);
    }
  }
  const sentences = (map: ReadonlyMap<string, string[]>) => [...map].map(([why, names]) => `${why}: ${names.join(", ")}`);
  return { evicted, warnings: sentences(reasons.warning), errors: sentences(reasons.error) };
}

const nameOf = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;
const ended = ({ status }: Pod): boolean => status?.phase === "Succeeded" || status?.phase === "Failed";

type Filter = (pod: Pod, rules: DrainRules, daemonSets: ReadonlySet<string>) => Verdict;

function ofDaemonSet(pod: Pod, { ignoreDaemonsets, force }: DrainRules, daemonSets: ReadonlySet<string>): Verdict {
  const owner = controllerOf(pod);
  if (owner?.kind !== "DaemonSet" || ended(pod)) return { evict: true };
  if (!daemonSets.has(`${pod.metadata.namespace}/${owner.name}`)) {
    // An orphan: nothing would bring it back.
    return force
      ? { evict: true, warning: `daemonsets.apps ${JSON.stringify(owner.name)} not found` }
      : { evict: false, error: `daemonsets.apps ${JSON.stringify(owner.name)} not found` };
  }
  if (!ignoreDaemonsets) return { evict: false, error: "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)" };
  return { evict: false, warning: "ignoring DaemonSet-managed Pods" };
}

/** The mirror of a static pod is made again by its node. */
const mirror: Filter = ({ metadata }) => ({ evict: metadata.annotations?.["kubernetes.io/config.mirror"] === undefined });

const localStorage: Filter = (pod, { deleteEmptydirData }) => {
  if (ended(pod) || !pod.spec.volumes?.some((volume) => volume.emptyDir)) return { evict: true };
  if (!deleteEmptydirData) return { evict: false, error: "cannot delete Pods with local storage (use --delete-emptydir-data to override)" };
  return { evict: true, warning: "deleting Pods with local storage" };
};

const unmanaged: Filter = (pod, { force }) => {
  if (ended(pod) || controllerOf(pod)) return { evict: true };
  if (!force) return { evict: false, error: "cannot delete Pods that declare no controller (use --force to override)" };
  return { evict: true, warning: "deleting Pods that declare no controller" };
};

const FILTERS: readonly Filter[] = [ofDaemonSet, mirror, localStorage, unmanaged];
