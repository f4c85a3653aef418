import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "@wherry/api";
import { formatSelector } from "@wherry/api/kinds/apps/selector.ts";
import type { Description } from "./description.ts";
import { addLabels, addName } from "./metadata.ts";
import { plainTime } from "./time.ts";

/** A network policy. Source: kubectl pkg/describe/describe.go, `describeNetworkPolicy`. */
export function describe(d: Description, policy: NetworkPolicy): void {
  addName(d, policy);
  d.line(0, "Created on:", plainTime(policy.metadata.creationTimestamp));
  addLabels(d, policy);
  const { podSelector, policyTypes = [], ingress = [], egress = [] } = policy.spec ?? { podSelector: {} };
  d.line(0, "Spec:");
  const all = !Object.keys(podSelector.matchLabels ?? {}).length && !podSelector.matchExpressions?.length;
  const selected = all ? "<none> (Allowing the specific traffic to all pods in this namespace)" : formatSelector(podSelector);
  d.line(1, `PodSelector:     ${selected}`);
  addDirection(
    d,
    "ingress",
    policyTypes.includes("Ingress"),
    "From",
    "source",
    ingress.map(({ ports, from }) => ({ ports, peers: from })),
  );
  addDirection(
    d,
    "egress",
    policyTypes.includes("Egress"),
    "To",
    "destination",
    egress.map(({ ports, to }) => ({ ports, peers: to })),
  );
  d.line(1, `Policy Types: ${policyTypes.join(", ") || "<none>"}`);
}

interface Rule {
  ports?: readonly NetworkPolicyPort[] | undefined;
  peers?: readonly NetworkPolicyPeer[] | undefined;
}

function addDirection(d: Description, name: string, affected: boolean, word: string, end: string, rules: readonly Rule[]): void {
  if (!affected) {
    d.line(1, `Not affecting ${name} traffic`);
    return;
  }
  d.line(1, `Allowing ${name} traffic:`);
  if (!rules.length) d.line(2, `<none> (Selected pods are isolated for ${name} connectivity)`);
  for (const [i, { ports = [], peers = [] }] of rules.entries()) {
    if (i > 0) d.line(2, "----------");
    if (!ports.length) d.line(2, "To Port: <any> (traffic allowed to all ports)");
    for (const port of ports) d.line(2, portText(port));
    if (!peers.length) d.line(2, `${word}: <any> (traffic not restricted by ${end})`);
    for (const peer of peers) addPeer(d, word, peer);
  }
}

function portText({ port, endPort, protocol = "TCP" }: NetworkPolicyPort): string {
  const first = port ?? "<nil>";
  return endPort === undefined ? `To Port: ${first}/${protocol}` : `To Port Range: ${first}-${endPort}/${protocol}`;
}

function addPeer(d: Description, word: string, { namespaceSelector, podSelector, ipBlock }: NetworkPolicyPeer): void {
  d.line(2, `${word}:`);
  if (namespaceSelector) d.line(3, `NamespaceSelector: ${formatSelector(namespaceSelector)}`);
  if (podSelector) d.line(3, `PodSelector: ${formatSelector(podSelector)}`);
  if (!ipBlock || namespaceSelector || podSelector) return;
  d.line(3, "IPBlock:");
  d.line(4, `CIDR: ${ipBlock.cidr}`);
  d.line(4, `Except: ${(ipBlock.except ?? []).join(", ")}`);
}
