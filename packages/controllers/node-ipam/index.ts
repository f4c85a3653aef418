import { Node } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { nextSubnet, type SubnetPlan, subnetPlan } from "./plan.ts";

/** Gives every node a subnet of the cluster's pod range; one that a node held is free when the node is gone. Source: pkg/controller/nodeipam. */
export function nodeIpamController(clusterCIDR: string, nodePrefix?: number): Controller {
  const plan = subnetPlan(clusterCIDR, nodePrefix);
  const state = { next: 0 };
  return {
    name: "node-ipam-controller",
    eventSource: "node-controller",
    // One at a time: two nodes must not get the same subnet.
    workers: 1,
    watches: [watchOf({ kind: Node, wakes: nodeWakes })],
    reconcile: (name, ctx) => reconcile(name, ctx, plan, state),
  };
}

const lacksSubnet = ({ spec, metadata }: Node) => !spec.podCIDR && !metadata.deletionTimestamp;

/** A node that goes makes room for one that waits. */
function nodeWakes(node: Node, { gone }: { gone: boolean }, ctx: ControllerContext): readonly string[] {
  if (!gone) return lacksSubnet(node) ? [node.metadata.name] : [];
  return ctx
    .lister(Node)
    .list()
    .filter(lacksSubnet)
    .map((n) => n.metadata.name);
}

async function reconcile(name: string, ctx: ControllerContext, plan: SubnetPlan, state: { next: number }): Promise<void> {
  const node = ctx.lister(Node).get(name);
  if (!node || !lacksSubnet(node)) return;
  const taken = ctx
    .lister(Node)
    .list()
    .flatMap(({ spec }) => spec.podCIDRs ?? spec.podCIDR ?? []);
  const subnet = nextSubnet(plan, taken, state.next);
  if (!subnet) {
    ctx.events.event(node, "Normal", "CIDRNotAvailable", `Node ${name} status is now: CIDRNotAvailable`);
    return;
  }
  const { uid, resourceVersion } = node.metadata;
  const body = { metadata: { uid, resourceVersion }, spec: { podCIDR: subnet.cidr, podCIDRs: [subnet.cidr] } };
  ctx.wrote(Node, await ctx.client.patch(Node, { name }, { type: "merge", body }));
  state.next = subnet.number + 1;
}
