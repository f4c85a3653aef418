import { DaemonSet, Deployment, Node, type Pod, ReplicaSet, StatefulSet } from "@wherry/api";
import { expect } from "vitest";
import { CHOSEN, type ModelCluster, type Workload } from "./model-cluster.ts";
import type { WorkloadKind } from "./operations.ts";

/** After a quiet period: the cluster is what its specs say, as far as its nodes allow. */
export function expectAsAsked(cluster: ModelCluster): void {
  expectNothingForgotten(cluster);
  for (const workload of cluster.workloads.values()) {
    EXPECTATIONS[workload.kind](cluster, workload);
  }
}

const EXPECTATIONS: Readonly<Record<WorkloadKind, (cluster: ModelCluster, workload: Workload) => void>> = {
  Deployment: expectDeployment,
  ReplicaSet: expectReplicaSet,
  DaemonSet: expectDaemonSet,
  StatefulSet: expectStatefulSet,
};

const podsOf = (cluster: ModelCluster, { name }: Workload): readonly Pod[] =>
  cluster.pods.filter((pod) => pod.metadata.labels?.app === name);

/** No pod without a workload or a node; what runs is what the server knows, and the other way round. */
function expectNothingForgotten(cluster: ModelCluster): void {
  const orphans = cluster.pods.filter(({ metadata }) => !cluster.workloads.has(metadata.labels?.app ?? ""));
  expect(names(orphans), "pods of no workload").toEqual([]);
  const lost = cluster.pods.filter(({ spec }) => spec.nodeName && !cluster.nodes.names.includes(spec.nodeName));
  expect(names(lost), "pods on nodes that are gone").toEqual([]);
  const { cut } = cluster.nodes;
  const isCut = (node: string) => cut.includes(node);
  const known = cluster.pods.flatMap(({ spec, metadata }) => (spec.nodeName ? [`${spec.nodeName}/${metadata.name}`] : []));
  const reachable = (entry: string) => !isCut(entry.split("/")[0]!);
  expect(cluster.nodes.running.filter(reachable).sort(), "what runs").toEqual(known.filter(reachable).sort());
  if (cluster.open.length > 0) expect(cluster.pods.flatMap(whyPending), "pods that wait for a node").toEqual([]);
}

function expectDeployment(cluster: ModelCluster, workload: Workload): void {
  const { name, replicas, image, paused } = workload;
  const pods = podsOf(cluster, workload);
  const sets = cluster.list(ReplicaSet).filter((set) => set.metadata.labels?.app === name);
  const found = cluster.list(Deployment).find((d) => d.metadata.name === name)!;
  expect(found.status?.observedGeneration ?? 0, name).toBe(found.metadata.generation);
  if (cluster.open.length === 0) {
    expect(pods.length, name).toBeLessThanOrEqual(Math.ceil(replicas * 1.25) + sets.length);
    return;
  }
  if (paused) {
    // It may rest in the middle of a rollout, and makes no first pods.
    if (sets.length > 0) expect(Math.abs(pods.length - replicas), `${name}: pods`).toBeLessThanOrEqual(Math.ceil(replicas / 4));
    return;
  }
  expect(pods.length, `${name}: pods`).toBe(replicas);
  expect(found.status, name).toMatchObject({ ...(replicas > 0 && { replicas, availableReplicas: replicas, readyReplicas: replicas }) });
  expect(pods.map(imageOf), `${name}: images`).toEqual(pods.map(() => image));
  const busy = sets.filter((set) => (set.spec.replicas ?? 0) > 0);
  expect(busy.length, `${name}: replica sets with pods`).toBe(replicas > 0 ? 1 : 0);
  expect(found.status?.updatedReplicas ?? 0, name).toBe(replicas);
}

/** It makes new pods of its new template, and leaves those that it has. */
function expectReplicaSet(cluster: ModelCluster, workload: Workload): void {
  const { name, replicas } = workload;
  expect(podsOf(cluster, workload).length, `${name}: pods`).toBe(replicas);
  const found = cluster.list(ReplicaSet).find((set) => set.metadata.name === name)!;
  expect(found.status?.observedGeneration, name).toBe(found.metadata.generation);
  if (cluster.open.length > 0) expect(found.status, name).toMatchObject({ replicas, ...(replicas > 0 && { readyReplicas: replicas }) });
}

/** One on each chosen node, cordoned or not; of the newest template, unless a node is away: that holds a rollout up. */
function expectDaemonSet(cluster: ModelCluster, workload: Workload): void {
  const { name, image } = workload;
  const { cut } = cluster.nodes;
  const chosen = cluster.list(Node).filter((node) => node.metadata.labels?.[CHOSEN] === "true");
  const reachable = chosen.map((node) => node.metadata.name).filter((node) => !cut.includes(node));
  const pods = podsOf(cluster, workload);
  const nodes = pods.map((pod) => pod.spec.nodeName ?? "none");
  expect(nodes.filter((node) => !cut.includes(node)).sort(), `${name}: nodes`).toEqual(reachable.sort());
  expect(new Set(nodes).size, `${name}: one on each`).toBe(nodes.length);
  const { status, metadata } = cluster.list(DaemonSet).find((ds) => ds.metadata.name === name)!;
  expect(status, name).toMatchObject({ observedGeneration: metadata.generation, desiredNumberScheduled: reachable.length });
  if (cut.length > 0) return;
  expect(pods.map(imageOf), `${name}: images`).toEqual(pods.map(() => image));
  if (chosen.length > 0) expect(status, name).toMatchObject({ numberAvailable: chosen.length, updatedNumberScheduled: chosen.length });
}

/** Its ordinals, each once; with a node away an ordinal that runs there stays where it is, and holds the others up. */
function expectStatefulSet(cluster: ModelCluster, workload: Workload): void {
  const { name, replicas, image } = workload;
  const pods = podsOf(cluster, workload);
  const wanted = Array.from({ length: replicas }, (_, i) => `${name}-${i}`);
  const found = cluster.list(StatefulSet).find((set) => set.metadata.name === name)!;
  expect(found.status?.observedGeneration, name).toBe(found.metadata.generation);
  if (cluster.nodes.cut.length > 0 || cluster.open.length === 0) return;
  expect(names(pods).sort(), `${name}: pods`).toEqual(wanted);
  expect(pods.map(imageOf), `${name}: images`).toEqual(pods.map(() => image));
  if (replicas > 0) expect(found.status, name).toMatchObject({ replicas, readyReplicas: replicas, updatedReplicas: replicas });
}

const imageOf = (pod: Pod): string | undefined => pod.spec.containers[0]?.image;
const names = (pods: readonly Pod[]): string[] => pods.map(({ metadata }) => metadata.name);
const whyPending = ({ metadata, spec, status }: Pod): string[] =>
  spec.nodeName ? [] : [`${metadata.name}: ${status?.conditions?.find((c) => c.type === "PodScheduled")?.message ?? "not tried"}`];
