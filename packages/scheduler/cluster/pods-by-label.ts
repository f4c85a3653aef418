import type { LabelSelector } from "@wherry/machinery";
import type { NodeInfo } from "../framework/node-info.ts";
import type { PodInfo } from "../framework/pod-info.ts";
import { anchorOf } from "./anchor-table.ts";
import type { ClusterObserver } from "./cluster-cache.ts";

type Places = Map<PodInfo, NodeInfo>;

/** The pods on nodes by namespace and label, so that those of a selector are found without a look at the others. */
export class PodsByLabel implements ClusterObserver {
  readonly #namespaces = new Map<string, Map<string, Places>>();

  podAdded(pod: PodInfo, node: NodeInfo): void {
    const { namespace = "", labels } = pod.pod.metadata;
    const anchors = this.#namespaces.get(namespace) ?? new Map<string, Places>();
    this.#namespaces.set(namespace, anchors);
    file(anchors, "", pod, node);
    for (const key in labels) file(anchors, `${key}=${labels[key]}`, pod, node);
  }

  podRemoved(pod: PodInfo): void {
    const { namespace = "", labels } = pod.pod.metadata;
    const anchors = this.#namespaces.get(namespace);
    if (!anchors) return;
    unfile(anchors, "", pod);
    for (const key in labels) unfile(anchors, `${key}=${labels[key]}`, pod);
    if (anchors.size === 0) this.#namespaces.delete(namespace);
  }

  /** Calls `fn` with the pods of these namespaces that the selector chooses. */
  visit(isWanted: (namespace: string) => boolean, selector: LabelSelector, fn: (pod: PodInfo, node: NodeInfo) => void): void {
    const anchor = anchorOf(selector);
    for (const [namespace, anchors] of this.#namespaces) {
      if (!isWanted(namespace)) continue;
      for (const [pod, node] of anchors.get(anchor) ?? []) if (selector.matches(pod.pod.metadata.labels)) fn(pod, node);
    }
  }
}

function file(anchors: Map<string, Places>, anchor: string, pod: PodInfo, node: NodeInfo): void {
  const places = anchors.get(anchor);
  if (places) places.set(pod, node);
  else anchors.set(anchor, new Map([[pod, node]]));
}

function unfile(anchors: Map<string, Places>, anchor: string, pod: PodInfo): void {
  const places = anchors.get(anchor);
  if (places?.delete(pod) && places.size === 0) anchors.delete(anchor);
}
