import type { Node, Pod, PodSpec } from "@wherry/api";
import { FakeClock, silentLogger } from "@wherry/base";
import type { Client, Lister } from "@wherry/client";
import { type ApiObject, type KindDefinition, keyOf } from "@wherry/machinery";
import { ClusterCache } from "../../cluster/cluster-cache.ts";
import { PodsByLabel } from "../../cluster/pods-by-label.ts";
import { Framework } from "../../framework/framework.ts";
import type { ClusterEvent, Plugin } from "../../framework/plugin.ts";
import type { PluginContext } from "../../framework/plugin-context.ts";
import { podInfo } from "../../framework/pod-info.ts";

let uids = 0;

/** A pod of one container in the namespace `default`, unless `metadata` says otherwise. */
export function aPod(name: string, spec: Partial<PodSpec> = {}, metadata: Partial<Pod["metadata"]> = {}): Pod {
  const own = { name, namespace: "default", uid: `uid-${uids++}`, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
  const containers = [{ name: "c", image: "app:1" }];
  return { apiVersion: "v1", kind: "Pod", metadata: { ...own, ...metadata }, spec: { containers, ...spec } };
}

/** A node with room for all. */
export function aNode(name: string, labels: Record<string, string> = {}, more: Partial<Pick<Node, "spec" | "status">> = {}): Node {
  const metadata = { name, uid: name, labels, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
  const status = { allocatable: { cpu: "64", memory: "256Gi", pods: "110" } };
  return { apiVersion: "v1", kind: "Node", metadata, spec: more.spec ?? {}, status: more.status ?? status };
}

/** What plugins see of a cluster, without an API: nodes and pods are put in by hand. */
export class TestCluster {
  readonly cluster = new ClusterCache();
  readonly namespaces = new Map<string, Record<string, string>>();
  readonly #objects = new Map<string, Map<string, ApiObject>>();
  readonly #handlers: ((event: ClusterEvent) => void)[] = [];
  readonly context: PluginContext;

  constructor(...nodes: Node[]) {
    const pods = new PodsByLabel();
    this.cluster.observe(pods);
    const lister = <O extends ApiObject>(kind: KindDefinition<O>) => this.#lister(kind.kind) as unknown as Lister<O>;
    this.context = {
      ...{
        client: undefined as unknown as Client,
        clock: new FakeClock(),
        log: silentLogger,
        signal: new AbortController().signal,
        cluster: this.cluster,
        pods,
      },
      namespaceLabels: (name) => this.namespaces.get(name),
      ...{ lister, watch: lister },
      onEvent: (handler) => this.#handlers.push(handler),
    };
    for (const node of nodes) this.cluster.setNode(node);
  }

  /** Puts objects of other kinds there. */
  put(...objects: ApiObject[]): void {
    for (const object of objects) this.#kind(object.kind).set(keyOf(object), object);
  }

  setNamespace(name: string, labels: Record<string, string>): void {
    this.namespaces.set(name, labels);
    for (const handler of this.#handlers) handler({ type: "Changed", kind: "Namespace", name });
  }

  /** Places pods, each on its `spec.nodeName`. */
  place(...pods: Pod[]): void {
    for (const pod of pods) this.cluster.setPod(podInfo(pod), pod.spec.nodeName ?? "");
  }

  /** What the plugin says about the pod on each node, in the nodes' order. */
  reasons(plugin: Plugin, pod: Pod): (readonly string[])[] {
    const attempt = new Framework([plugin]).attempt(podInfo(pod));
    return this.cluster.candidates.map((candidate) => attempt.filter(candidate)?.reasons ?? []);
  }

  scores(plugin: Plugin, pod: Pod): number[] {
    return new Framework([plugin]).attempt(podInfo(pod)).score(this.cluster.candidates);
  }

  /** Sets aside what the pod needs on the node. */
  reserve(plugin: Plugin, pod: Pod, node: string): void {
    const candidate = this.cluster.candidate(node);
    if (!candidate) throw new Error(`there is no node ${node}`);
    new Framework([plugin]).attempt(podInfo(pod)).reserve(candidate);
  }

  #kind(kind: string): Map<string, ApiObject> {
    const objects = this.#objects.get(kind) ?? new Map<string, ApiObject>();
    this.#objects.set(kind, objects);
    return objects;
  }

  #lister(kind: string): Lister<ApiObject> {
    return {
      get: (name, namespace) => this.#kind(kind).get(namespace ? `${namespace}/${name}` : name),
      list: (namespace) => [...this.#kind(kind).values()].filter((o) => namespace === undefined || o.metadata.namespace === namespace),
      byIndex: () => [],
    };
  }
}
