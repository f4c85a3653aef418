import type { Node, NodeSpec, NodeStatus, Taint } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { NewObject } from "@wherry/machinery";
import { BUILT_AT } from "./stored.ts";

export interface NodeOptions {
  labels?: Record<string, string>;
  taints?: Taint[];
  /** Over 4 cpu, 8Gi memory, 110 pods. */
  capacity?: Record<string, string>;
  ip?: string;
  podCIDR?: string;
  /** Ready when absent. */
  ready?: boolean;
  spec?: Partial<NodeSpec>;
  status?: Partial<NodeStatus>;
}

/** A node that is ready, labelled with its host name. */
export function node(name: string, options: NodeOptions = {}): NewObject<Node> {
  const { labels, taints, capacity, ip = "192.0.2.1", podCIDR, ready = true, spec, status } = options;
  const all = { cpu: "4", memory: "8Gi", pods: "110", ...capacity };
  const readiness = { type: "Ready", status: ready ? "True" : "False", lastTransitionTime: rfc3339(BUILT_AT) };
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
    spec: { ...(taints && { taints }), ...(podCIDR && { podCIDR, podCIDRs: [podCIDR] }), ...spec },
    status: {
      capacity: all,
      allocatable: all,
      addresses: [
        { type: "InternalIP", address: ip },
        { type: "Hostname", address: name },
      ],
      conditions: [readiness],
      ...status,
    },
  };
}
