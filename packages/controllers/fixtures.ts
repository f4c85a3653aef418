import type {
  Deployment,
  DeploymentSpec,
  Job,
  JobSpec,
  Node,
  Pod,
  PodSpec,
  PodStatus,
  ReplicaSet,
  Service,
  ServiceSpec,
} from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { ObjectMeta } from "@wherry/machinery";

/** Objects for tests, as the API server would give them. */
export const EPOCH = Date.UTC(2026, 0, 1);

let uids = 0;

/** Metadata with everything a stored object has. */
export function meta(name: string, more: Partial<ObjectMeta> = {}): ObjectMeta {
  return {
    name,
    namespace: "default",
    uid: `uid-${++uids}`,
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: rfc3339(EPOCH),
    ...more,
  };
}

export interface PodFixture {
  metadata?: Partial<ObjectMeta>;
  spec?: Partial<PodSpec>;
  status?: Partial<PodStatus>;
  /** Since when it is ready, in milliseconds since the epoch. */
  readySince?: number;
}

/** A pod; running and ready when `readySince` is given. */
export function pod(name: string, { metadata, spec, status, readySince }: PodFixture = {}): Pod {
  const lastTransitionTime = rfc3339(readySince ?? EPOCH);
  const ready = { type: "Ready", status: readySince === undefined ? "False" : "True", lastTransitionTime };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: meta(name, metadata),
    spec: { containers: [{ name: "main", image: "app:v1" }], ...spec },
    status: { phase: readySince === undefined ? "Pending" : "Running", conditions: [ready], ...status },
  };
}

/** A Deployment of `app=web`. */
export function deployment(name: string, spec: Partial<DeploymentSpec> = {}, metadata: Partial<ObjectMeta> = {}): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta(name, metadata),
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      template: template("app:v1"),
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
  };
}

/** The template of `app=web` with this image. */
export function template(image: string): Deployment["spec"]["template"] {
  return { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image }] } };
}

/** A ReplicaSet of `app=web` with `replicas` pods wanted. */
export function replicaSet(name: string, replicas: number, more: Partial<ReplicaSet> = {}, metadata: Partial<ObjectMeta> = {}): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: meta(name, metadata),
    spec: { replicas, selector: { matchLabels: { app: "web" } }, template: template("app:v1") },
    ...more,
  };
}

export function service(name: string, spec: Partial<ServiceSpec> = {}, metadata: Partial<ObjectMeta> = {}): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: meta(name, metadata),
    spec: {
      type: "ClusterIP",
      clusterIP: "10.96.0.10",
      clusterIPs: ["10.96.0.10"],
      ipFamilies: ["IPv4"],
      selector: { app: "web" },
      ports: [{ name: "http", port: 80, protocol: "TCP", targetPort: 8080 }],
      ...spec,
    },
  };
}

export function node(name: string, more: Partial<Omit<Node, "metadata">> = {}, metadata: Partial<ObjectMeta> = {}): Node {
  const { namespace: _, ...own } = meta(name, metadata);
  return { apiVersion: "v1", kind: "Node", metadata: own, spec: {}, ...more };
}

/** A Job of `app=web`: one pod wanted, six failures borne. */
export function job(name: string, spec: Partial<JobSpec> = {}, metadata: Partial<ObjectMeta> = {}): Job {
  const { spec: podSpec, ...rest } = template("app:v1");
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: meta(name, metadata),
    spec: {
      ...{ parallelism: 1, backoffLimit: 6, completionMode: "NonIndexed", suspend: false, podReplacementPolicy: "TerminatingOrFailed" },
      selector: { matchLabels: { app: "web" } },
      template: { ...rest, spec: { ...podSpec, restartPolicy: "Never" } },
      ...(spec.parallelism === undefined && { completions: 1 }),
      ...spec,
    },
  };
}
