import type { Container, Pod, PodSpec, PodStatus } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { NewObject, ObjectMeta } from "@wherry/machinery";
import { BUILT_AT } from "./stored.ts";

export interface PodOptions {
  metadata?: Partial<ObjectMeta>;
  labels?: Record<string, string>;
  /** Image of the one container; ignored where `containers` are given. */
  image?: string;
  /** Requests of the one container, such as `{ cpu: "100m" }`. */
  requests?: Record<string, string>;
  containers?: Container[];
  /** The node it is bound to. */
  node?: string;
  spec?: Partial<PodSpec>;
  status?: Partial<PodStatus>;
}

/** A pod of one container `main` with the image `app:v1`, in the namespace `default`. */
export function pod(name: string, options: PodOptions = {}): NewObject<Pod> {
  const { metadata, labels, image = "app:v1", requests, node, spec, status } = options;
  const main: Container = { name: "main", image, ...(requests && { resources: { requests } }) };
  return {
    metadata: { name, namespace: "default", ...(labels && { labels }), ...metadata },
    spec: { containers: options.containers ?? [main], ...(node && { nodeName: node }), ...spec },
    ...(status && { status }),
  };
}

/** The status of a pod that runs and is ready: for `pod(name, { status: readyStatus(ip) })`. @param since milliseconds since the epoch */
export function readyStatus(podIP: string, since: number = BUILT_AT): PodStatus {
  const lastTransitionTime = rfc3339(since);
  const types = ["PodScheduled", "Initialized", "ContainersReady", "Ready"];
  return {
    phase: "Running",
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: lastTransitionTime,
    conditions: types.map((type) => ({ type, status: "True", lastTransitionTime })),
  };
}
