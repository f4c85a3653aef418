import type { PodDisruptionBudget } from "@wherry/api";
import type { ClusterCache } from "../../cluster/cluster-cache.ts";
import type { Candidate, Refusal, Unplaced } from "../../framework/plugin.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import { splitByBudget } from "./budgets.ts";
import { byImportance } from "./importance.ts";

/** The pods that would have to go from a node, the most important first. */
export interface Victims {
  node: string;
  pods: readonly PodInfo[];
  /** How many of them break a budget by going. */
  violations: number;
}

const NO_VICTIMS: Refusal = { reasons: ["No preemption victims found for incoming pod"], resolvable: false };

/**
 * The fewest pods of less priority that must go from a node so that the pod fits: all of them go, and come back one by one where there is
 * room, first those whose going would break a budget, the more important first. Source: `SelectVictimsOnNode`.
 */
export function selectVictims(
  cluster: ClusterCache,
  { pod, judge }: Unplaced,
  candidate: Candidate,
  budgets: readonly PodDisruptionBudget[],
): Victims | Refusal {
  const node = candidate.info.name;
  const lesser = [...candidate.info.pods].filter((other) => other.priority < pod.priority).sort(byImportance);
  if (lesser.length === 0) return NO_VICTIMS;
  for (const other of lesser) cluster.take(other.uid);
  const gone = new Set(lesser);
  try {
    const refusal = judge(candidate);
    if (refusal) return refusal;
    const { violating, harmless } = splitByBudget(lesser, budgets);
    const mustGo = [...violating, ...harmless].filter((other) => {
      cluster.add(other, node);
      if (!judge(candidate)) {
        gone.delete(other);
        return false;
      }
      cluster.take(other.uid);
      return true;
    });
    const violations = mustGo.filter((other) => violating.includes(other)).length;
    return { node, pods: mustGo.sort(byImportance), violations };
  } finally {
    for (const other of gone) cluster.add(other, node);
  }
}
