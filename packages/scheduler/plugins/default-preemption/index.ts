import { PodDisruptionBudget } from "@wherry/api";
import { explain } from "../../framework/placement.ts";
import { definePlugin, type Plugin, type Preemption, type Refusal, type Unplaced } from "../../framework/plugin.ts";
import type { PluginContext } from "../../framework/plugin-context.ts";
import { chooseVictims } from "./choice.ts";
import { selectVictims, type Victims } from "./victims.ts";

/** At least so many nodes with victims are compared, or a tenth of all. Source: DefaultPreemptionArgs. */
const COMPARED_AT_LEAST = 100;
const COMPARED_SHARE = 0.1;

const NOT_HELPFUL = "Preemption is not helpful for scheduling";

/** Makes room for a pod by driving away pods of less priority, where the fewest and least important must go. Source: kube-scheduler preemption. */
export function defaultPreemption(context: Pick<PluginContext, "cluster" | "lister">, random: () => number = Math.random): Plugin {
  const budgets = context.lister(PodDisruptionBudget);
  return definePlugin({
    name: "DefaultPreemption",
    postFilter(unplaced) {
      const reason = whyNotEligible(context, unplaced);
      if (reason) return { message: `preemption: ${reason}` };
      const { resolvable, nodes } = unplaced;
      const enough = Math.max(COMPARED_AT_LEAST, Math.floor(nodes * COMPARED_SHARE));
      const found: Victims[] = [];
      const counts = new Map<string, number>([[NOT_HELPFUL, nodes - resolvable.length]]);
      const all = resolvable.length > 0 ? budgets.list() : [];
      const start = Math.floor(random() * resolvable.length);
      for (let i = 0; i < resolvable.length && found.length < enough; i++) {
        const candidate = resolvable[(start + i) % resolvable.length];
        const result = candidate && selectVictims(context.cluster, unplaced, candidate, all);
        if (result && "pods" in result) found.push(result);
        else if (result) count(counts, result);
      }
      return chosen(found) ?? { message: `preemption: ${explain(nodes, new Map([...counts].filter(([, n]) => n > 0)))}` };
    },
  });
}

function chosen([first, ...others]: readonly Victims[]): Preemption | undefined {
  if (!first) return undefined;
  const { node, pods } = chooseVictims([first, ...others]);
  return { node, victims: pods };
}

function count(counts: Map<string, number>, { reasons }: Refusal): void {
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

/** Source: `PodEligibleToPreemptOthers`. */
function whyNotEligible({ cluster }: Pick<PluginContext, "cluster">, { pod, nominated }: Unplaced): string | undefined {
  if (pod.pod.spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const there = nominated === undefined ? undefined : cluster.candidate(nominated);
  for (const other of there?.info.pods ?? [])
    if (other.priority < pod.priority && other.pod.metadata.deletionTimestamp)
      return "not eligible due to a terminating pod on the nominated node.";
  return undefined;
}
