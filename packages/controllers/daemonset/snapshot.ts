import type { DaemonSet, Node, Pod } from "@wherry/api";
import { availableAt } from "../pods/state.ts";
import { REVISION_LABEL } from "../revisions/revision.ts";
import { type NodeFit, nodeFit } from "./node-fit.ts";

/** What one reconcile works with: taken from listers, never changed. */
export interface DaemonSnapshot {
  ds: DaemonSet;
  nodes: readonly Node[];
  /** By the node that they are for: terminating ones and failed ones too. */
  podsByNode: ReadonlyMap<string, readonly Pod[]>;
  /** Of the present template. */
  hash: string;
  now: number;
  /** When a failed pod of this node may be replaced. Milliseconds since the epoch. */
  retryAt(node: string): number;
}

/** One node as a reconcile sees it. */
export interface DaemonNode extends NodeFit {
  name: string;
  pods: readonly Pod[];
}

/** Every node, and those that are gone before a pod for them was bound. What was bound to one that is gone is left to the collector of pods. */
export function daemonNodes({ ds, nodes, podsByNode }: DaemonSnapshot): DaemonNode[] {
  const known = nodes.map((node) => ({ name: node.metadata.name, ...nodeFit(ds, node), pods: podsByNode.get(node.metadata.name) ?? [] }));
  const names = new Set(known.map(({ name }) => name));
  const gone = [...podsByNode].filter(([name]) => !names.has(name));
  const unbound = gone.map(([name, pods]) => ({ name, shouldRun: false, mayStay: false, pods: pods.filter((pod) => !pod.spec.nodeName) }));
  return [...known, ...unbound.filter(({ pods }) => pods.length > 0)];
}

/** Whether the pod was made of the template with this hash. */
export const isOfRevision = (pod: Pod, hash: string): boolean => pod.metadata.labels?.[REVISION_LABEL] === hash;

/** Whether the pod has been ready for long enough. */
export function isAvailable(pod: Pod, ds: DaemonSet, now: number): boolean {
  const at = availableAt(pod, ds.spec.minReadySeconds ?? 0);
  return at !== undefined && at <= now;
}
