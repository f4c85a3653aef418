import type { Pod } from "@wherry/api";
import { type ClusterEvent, definePlugin, type Plugin, refusal } from "../../framework/plugin.ts";
import type { PluginContext } from "../../framework/plugin-context.ts";
import { type Constraint, ownConstraints } from "./constraints.ts";
import { defaultSelector } from "./default-selector.ts";
import { type Domains, KnownDomains } from "./domains.ts";
import { normalizeSpread, type Preferred, prepareSpread, scoreSpread } from "./score.ts";

const NO_LABEL = refusal("node(s) didn't match pod topology spread constraints (missing required label)", false);
const TOO_MANY = refusal("node(s) didn't match pod topology spread constraints", true);

interface Required {
  domains: Domains;
  /** The most pods that a domain may have before this one comes. */
  limit: number;
}

/** Spreads pods over domains such as zones: strictly, or as well as it goes. Source: kube-scheduler podtopologyspread. */
export function podTopologySpread(context: PluginContext): Plugin {
  const known = new KnownDomains(context.cluster, context.pods);
  context.cluster.observe(known);
  const selectorOf = defaultSelector(context);
  return definePlugin<readonly Required[], Preferred>({
    name: "PodTopologySpread",
    weight: 2,
    mayHelp: (event, { pod }) => (mayHelp(event, pod) ? "anywhere" : undefined),
    preFilter({ pod }) {
      const constraints = ownConstraints(pod, "DoNotSchedule");
      return constraints.length > 0 ? { state: constraints.map((c) => required(known.of(c), pod)) } : undefined;
    },
    filter(_, { node }, constraints) {
      for (const { domains, limit } of constraints) {
        const domain = node.metadata.labels?.[domains.constraint.topologyKey];
        if (domain === undefined) return NO_LABEL;
        if (domains.in(domain) > limit) return TOO_MANY;
      }
      return undefined;
    },
    preScore: ({ pod }, candidates) => prepareSpread(pod, candidates, known, selectorOf),
    score: (_, { node }, state) => scoreSpread(node, state),
    normalize: normalizeSpread,
  });
}

function required(domains: Domains, pod: Pod): Required {
  const { maxSkew, minDomains, selector } = domains.constraint;
  const fewest = domains.size < minDomains ? 0 : domains.fewest;
  const itself = selector.matches(pod.metadata.labels) ? 1 : 0;
  return { domains, limit: maxSkew + fewest - itself };
}

function mayHelp(event: ClusterEvent, pod: Pod): boolean {
  if (event.type === "Changed") return false;
  if (!("pod" in event)) return true;
  const changed = "previous" in event ? [event.pod, event.previous] : [event.pod];
  return ownConstraints(pod, "DoNotSchedule").some((constraint) => changed.some((other) => counts(constraint, other.pod)));
}

const counts = ({ namespace, selector }: Constraint, { metadata }: Pod) =>
  metadata.namespace === namespace && selector.matches(metadata.labels);
