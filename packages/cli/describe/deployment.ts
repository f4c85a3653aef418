import type { Deployment, PodTemplateSpec, ReplicaSet } from "@wherry/api";
import { controllerOf, labelSelectorFrom, semanticEqual } from "@wherry/machinery";
import { addShortConditions } from "./conditions.ts";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import { addPodTemplate } from "./pod/template.ts";
import { LOOKUP, type Surroundings } from "./surroundings.ts";
import { longTime } from "./time.ts";

/** A deployment. Source: kubectl pkg/describe/describe.go, `describeDeployment`. */
export async function describe(d: Description, deployment: Deployment, around: Surroundings): Promise<void> {
  const { metadata, spec, status = {} } = deployment;
  addName(d, deployment);
  d.line(0, "CreationTimestamp:", longTime(metadata.creationTimestamp));
  addLabels(d, deployment);
  d.line(0, "Selector:", labelSelectorFrom(spec.selector).toString());
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, unavailableReplicas = 0 } = status;
  const counts = [
    `${updatedReplicas} updated`,
    `${replicas} total`,
    `${availableReplicas} available`,
    `${unavailableReplicas} unavailable`,
  ];
  d.line(0, "Replicas:", [`${spec.replicas ?? 1} desired`, ...counts].join(" | "));
  d.line(0, "StrategyType:", spec.strategy?.type ?? "");
  d.line(0, "MinReadySeconds:", String(spec.minReadySeconds ?? 0));
  const rolling = spec.strategy?.rollingUpdate;
  if (rolling) d.line(0, "RollingUpdateStrategy:", `${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`);
  addPodTemplate(d, spec.template);
  addShortConditions(d, status.conditions);
  await addReplicaSets(d, deployment, around);
  await addEvents(d, deployment, around);
}

/** The replica set of the template as it is now, and all others. Source: kubectl pkg/util/deployment. */
async function addReplicaSets(d: Description, { metadata, spec }: Deployment, { client }: Surroundings): Promise<void> {
  const query = { namespace: metadata.namespace, labelSelector: labelSelectorFrom(spec.selector).toString() };
  const found = await client.list(LOOKUP.replicaSets, query).catch(() => undefined);
  const sets = (found?.items ?? []).filter((set) => controllerOf(set)?.uid === metadata.uid).sort(olderFirst);
  if (!sets.length) return;
  const current = sets.find((set) => set.spec.template && semanticEqual(withoutHash(set.spec.template), withoutHash(spec.template)));
  d.line(0, "OldReplicaSets:", names(sets.filter((set) => set !== current)));
  d.line(0, "NewReplicaSet:", names(current ? [current] : []));
}

function olderFirst(a: ReplicaSet, b: ReplicaSet): number {
  const [one, other] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.name}`) as [string, string];
  return one < other ? -1 : 1;
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { "pod-template-hash": _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

function names(sets: readonly ReplicaSet[]): string {
  const texts = sets.map((set) => `${set.metadata.name} (${set.status?.replicas ?? 0}/${set.spec.replicas ?? 1} replicas created)`);
  return texts.join(", ") || "<none>";
}
