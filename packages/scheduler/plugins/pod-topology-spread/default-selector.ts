import { type Pod, ReplicaSet, ReplicationController, Service, StatefulSet } from "@wherry/api";
import { LabelSelector, labelSelectorFrom, labelSelectorOf } from "@wherry/machinery";
import type { PluginContext } from "../../framework/plugin-context.ts";

/**
 * The pods that belong together with a pod: those of the Services that choose it, and of its controller. Empty when there is neither. Source:
 * kube-scheduler helper `DefaultSelector`.
 */
export function defaultSelector(context: Pick<PluginContext, "lister">): (pod: Pod) => LabelSelector {
  const services = context.lister(Service);
  const replicationControllers = context.lister(ReplicationController);
  const replicaSets = context.lister(ReplicaSet);
  const statefulSets = context.lister(StatefulSet);
  const ofController = ({ metadata: { namespace, ownerReferences } }: Pod): LabelSelector | undefined => {
    const owner = ownerReferences?.find((o) => o.controller);
    switch (owner?.kind) {
      case "ReplicationController":
        return labelSelectorOf(replicationControllers.get(owner.name, namespace)?.spec?.selector);
      case "ReplicaSet":
        return chosenBy(replicaSets.get(owner.name, namespace));
      case "StatefulSet":
        return chosenBy(statefulSets.get(owner.name, namespace));
      default:
        return undefined;
    }
  };
  return (pod) => {
    const { namespace, labels } = pod.metadata;
    const selectors = services.list(namespace).flatMap(({ spec }) => (spec?.selector ? [labelSelectorOf(spec.selector)] : []));
    const matching = selectors.filter((selector) => !selector.empty && selector.matches(labels));
    const all = [...matching, ...[ofController(pod)].filter((s) => s !== undefined)];
    return new LabelSelector(all.flatMap((selector) => selector.requirements));
  };
}

const chosenBy = (owner: ReplicaSet | StatefulSet | undefined) => (owner ? labelSelectorFrom(owner.spec?.selector) : undefined);
