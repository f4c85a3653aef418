import type { Lease, Node, NodeSystemInfo, Taint } from "@wherry/api";
import { StatusError } from "@wherry/base/status-error.ts";
import { addProbedConditions } from "./conditions.ts";
import type { Description } from "./description.ts";
import { addEventTable, findEvents, subjectOf } from "./events.ts";
import { addLabels } from "./metadata.ts";
import { addNodeResources } from "./node/resources.ts";
import { addAmounts } from "./pod/containers.ts";
import { LOOKUP, type Surroundings } from "./surroundings.ts";
import { longTime } from "./time.ts";

/** A node, with what its pods take of it. Source: kubectl pkg/describe/describe.go, `describeNode`. */
export async function describe(d: Description, node: Node, around: Surroundings): Promise<void> {
  const { metadata, spec = {}, status = {} } = node;
  d.line(0, "Name:", metadata.name);
  d.line(0, "Roles:", rolesOf(node) || "<none>");
  addLabels(d, node);
  d.line(0, "CreationTimestamp:", longTime(metadata.creationTimestamp));
  d.values("Taints", (spec.taints ?? []).toSorted(byEffect).map(taintText));
  d.line(0, "Unschedulable:", String(spec.unschedulable ?? false));
  await addLease(d, metadata.name, around);
  addProbedConditions(d, "LastHeartbeatTime", status.conditions, (c) => c.lastHeartbeatTime);
  d.line(0, "Addresses:");
  for (const { type, address } of status.addresses ?? []) d.line(1, `${type}:`, address);
  addAmounts(d, 0, "Capacity", status.capacity);
  addAmounts(d, 0, "Allocatable", status.allocatable);
  addSystemInfo(d, status.nodeInfo);
  if (spec.podCIDR) d.line(0, "PodCIDR:", spec.podCIDR);
  if (spec.podCIDRs?.length) d.line(0, "PodCIDRs:", spec.podCIDRs.join(","));
  if (spec.providerID) d.line(0, "ProviderID:", spec.providerID);
  await addPods(d, node, around);
  // The control plane's events name the node's uid, the agent's its name.
  const subject = subjectOf(node);
  addEventTable(d, await findEvents(around, subject, { ...subject, uid: metadata.name }), around.now);
}

function rolesOf({ metadata: { labels = {} } }: Node): string {
  const roles = Object.entries(labels).map(([key, value]) =>
    key.startsWith("node-role.kubernetes.io/") ? key.slice("node-role.kubernetes.io/".length) : key === "kubernetes.io/role" ? value : "",
  );
  return [...new Set(roles.filter(Boolean))].sort().join(",");
}

const byEffect = (a: Taint, b: Taint) => (`${a.effect},${a.key}` < `${b.effect},${b.key}` ? -1 : 1);

/** Source: core/v1 `Taint.ToString`. */
const taintText = ({ key, value, effect }: Taint) => `${key}${value ? `=${value}` : ""}${effect ? `:${effect}` : value ? ":" : ""}`;

async function addLease(d: Description, name: string, { client }: Surroundings): Promise<void> {
  let lease: Lease;
  try {
    lease = await client.get(LOOKUP.leases, { namespace: "kube-node-lease", name });
  } catch (error) {
    return d.line(0, "Lease:", `Failed to get lease: ${(error as Error).message}`);
  }
  const { holderIdentity, acquireTime, renewTime } = lease.spec ?? {};
  d.line(0, "Lease:");
  d.line(1, "HolderIdentity:", holderIdentity ?? "<unset>");
  d.line(1, "AcquireTime:", acquireTime ? longTime(acquireTime) : "<unset>");
  d.line(1, "RenewTime:", renewTime ? longTime(renewTime) : "<unset>");
}

/** What the node is, in the order of the page. */
const SYSTEM_INFO: readonly (readonly [title: string, field: keyof NodeSystemInfo])[] = [
  ["Machine ID", "machineID"],
  ["System UUID", "systemUUID"],
  ["Boot ID", "bootID"],
  ["Kernel Version", "kernelVersion"],
  ["OS Image", "osImage"],
  ["Operating System", "operatingSystem"],
  ["Architecture", "architecture"],
  ["Container Runtime Version", "containerRuntimeVersion"],
  ["Kubelet Version", "kubeletVersion"],
  ["Kube-Proxy Version", "kubeProxyVersion"],
];

function addSystemInfo(d: Description, info: NodeSystemInfo | undefined): void {
  d.line(0, "System Info:");
  for (const [title, field] of SYSTEM_INFO) d.line(1, `${title}:`, info?.[field] ?? "");
}

/** Who may see a node may still see no pods. */
async function addPods(d: Description, node: Node, { client, now }: Surroundings): Promise<void> {
  const fieldSelector = `spec.nodeName=${node.metadata.name},status.phase!=Failed,status.phase!=Succeeded`;
  try {
    addNodeResources(d, node, (await client.list(LOOKUP.pods, { fieldSelector })).items, now);
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 403)) throw error;
    d.line(0, "Pods:", "not authorized");
  }
}
