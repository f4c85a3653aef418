import type { PodRef } from "@wherry/runtime";

/** Labels that every container of ours has. Docker's labels never change after creation. */
export const LABEL = {
  cluster: "io.wherry.cluster",
  podUid: "io.wherry.pod.uid",
  podName: "io.wherry.pod.name",
  podNamespace: "io.wherry.pod.namespace",
  container: "io.wherry.container",
  attempt: "io.wherry.attempt",
  sandbox: "io.wherry.sandbox",
  annotations: "io.wherry.annotations",
  /** Only where the name has to be set at the start: the host name to set. */
  hostname: "io.wherry.hostname",
} as const;

/** No Kubernetes name has an underscore. */
const SEPARATOR = "_";
const PREFIX = "wherry";

/** The name that tells whose a sandbox is: names can change, labels cannot. */
export function sandboxName(cluster: string, pod: PodRef): string {
  return [PREFIX, cluster, pod.namespace, pod.name, pod.uid].join(SEPARATOR);
}

/** The name of a sandbox that waits for a pod; `serial` makes it unique. */
export function warmSandboxName(cluster: string, serial: string): string {
  return [PREFIX, cluster, "warm", serial].join(SEPARATOR);
}

/** The pod that a sandbox's name (with or without Docker's leading slash) tells; undefined for a warm one. */
export function podOfSandboxName(name: string): PodRef | undefined {
  const [, , namespace, podName, uid, ...more] = name.replace(/^\//, "").split(SEPARATOR);
  return namespace && podName && uid && more.length === 0 ? { namespace, name: podName, uid } : undefined;
}

/** The same container of a pod always has the same name: creating it twice cannot happen. */
export function containerName(cluster: string, pod: PodRef, name: string, attempt: number): string {
  return [sandboxName(cluster, pod), name, attempt].join(SEPARATOR);
}
