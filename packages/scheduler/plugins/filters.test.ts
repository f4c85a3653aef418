import type { Node, Pod, PodSpec } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { Framework } from "../framework/framework.ts";
import { NodeInfo } from "../framework/node-info.ts";
import type { Candidate, Plugin } from "../framework/plugin.ts";
import { podInfo } from "../framework/pod-info.ts";
import { nodeAffinity } from "./node-affinity/index.ts";
import { nodeName } from "./node-name/index.ts";
import { nodePorts } from "./node-ports/index.ts";
import { nodeResourcesFit } from "./node-resources-fit/index.ts";
import { nodeUnschedulable } from "./node-unschedulable/index.ts";
import { taintToleration } from "./taint-toleration/index.ts";

type Container = Partial<PodSpec["containers"][number]>;
let uid = 0;

function pod(spec: Partial<PodSpec>, ...containers: Container[]): Pod {
  const list = (containers.length > 0 ? containers : [{}]).map((c, i) => ({ name: `c${i}`, image: "x", ...c }));
  const metadata = { name: `p${uid}`, namespace: "default", uid: `u${uid++}`, resourceVersion: "1", creationTimestamp: "" };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: list, ...spec } };
}

const requests = (list: Record<string, string>): Container => ({ resources: { requests: list } });
const port = (hostPort: number, protocol = "TCP", hostIP?: string): Container => ({
  ports: [{ containerPort: 1, hostPort, protocol, ...(hostIP && { hostIP }) }],
});

interface Given {
  labels?: Record<string, string>;
  spec?: Node["spec"];
  allocatable?: Record<string, string>;
  pods?: Pod[];
}

function candidate({ labels = {}, spec = {}, allocatable = { cpu: "2", memory: "4Gi", pods: "110" }, pods = [] }: Given): Candidate {
  const metadata = { name: "n1", uid: "n1", labels, resourceVersion: "1", creationTimestamp: "" };
  const node: Node = { apiVersion: "v1", kind: "Node", metadata, spec, status: { allocatable } };
  const info = new NodeInfo("n1");
  info.node = node;
  for (const p of pods) info.add(podInfo(p));
  return { node, info };
}

function reasons(plugin: Plugin, p: Pod, given: Given): readonly string[] {
  const info = podInfo(p);
  return new Framework([plugin]).attempt(info).filter(candidate(given))?.reasons ?? [];
}

type Case = [what: string, pod: Pod, node: Given, reasons: string[]];
const table = (plugin: Plugin, cases: Case[]) =>
  describe(plugin.name, () => {
    it.each(cases)("%s", (_, p, given, expected) => expect(reasons(plugin, p, given)).toEqual(expected));
  });

const unschedulable = ["node(s) were unschedulable"];
table(nodeUnschedulable, [
  ["an open node", pod({}), {}, []],
  ["a cordoned node", pod({}), { spec: { unschedulable: true } }, unschedulable],
  [
    "a cordoned node that is tolerated",
    pod({ tolerations: [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" }] }),
    { spec: { unschedulable: true } },
    [],
  ],
]);

table(nodeName, [
  ["no name", pod({}), {}, []],
  ["this name", pod({ nodeName: "n1" }), {}, []],
  ["another name", pod({ nodeName: "n2" }), {}, ["node(s) didn't match the requested node name"]],
]);

const taint = (effect: string, value?: string): Given => ({ spec: { taints: [{ key: "k", effect, ...(value && { value }) }] } });
table(taintToleration, [
  ["no taint", pod({}), {}, []],
  ["a taint with a value", pod({}), taint("NoSchedule", "v"), ["node(s) had untolerated taint {k: v}"]],
  ["a taint without a value", pod({}), taint("NoExecute"), ["node(s) had untolerated taint {k: }"]],
  ["a soft taint", pod({}), taint("PreferNoSchedule"), []],
  ["tolerated by value", pod({ tolerations: [{ key: "k", value: "v" }] }), taint("NoSchedule", "v"), []],
  ["another value", pod({ tolerations: [{ key: "k", value: "w" }] }), taint("NoSchedule", "v"), ["node(s) had untolerated taint {k: v}"]],
  ["tolerated by existence", pod({ tolerations: [{ key: "k", operator: "Exists" }] }), taint("NoExecute", "v"), []],
  ["everything tolerated", pod({ tolerations: [{ operator: "Exists" }] }), taint("NoSchedule", "v"), []],
  [
    "another effect",
    pod({ tolerations: [{ operator: "Exists", effect: "NoExecute" }] }),
    taint("NoSchedule", "v"),
    ["node(s) had untolerated taint {k: v}"],
  ],
]);

const noMatch = ["node(s) didn't match Pod's node affinity/selector"];
const affinity = (...nodeSelectorTerms: object[]): Partial<PodSpec> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const expression = (key: string, operator: string, ...values: string[]) => ({ matchExpressions: [{ key, operator, values }] });
const labelled: Given = { labels: { zone: "a", size: "5" } };
table(nodeAffinity, [
  ["nothing asked", pod({}), labelled, []],
  ["a selector that matches", pod({ nodeSelector: { zone: "a" } }), labelled, []],
  ["a selector that does not", pod({ nodeSelector: { zone: "a", disk: "ssd" } }), labelled, noMatch],
  ["In", pod(affinity(expression("zone", "In", "b", "a"))), labelled, []],
  ["not In", pod(affinity(expression("zone", "In", "b"))), labelled, noMatch],
  ["NotIn, absent", pod(affinity(expression("disk", "NotIn", "ssd"))), labelled, []],
  ["NotIn, there", pod(affinity(expression("zone", "NotIn", "a"))), labelled, noMatch],
  ["Exists", pod(affinity(expression("zone", "Exists"))), labelled, []],
  ["DoesNotExist", pod(affinity(expression("zone", "DoesNotExist"))), labelled, noMatch],
  ["Gt", pod(affinity(expression("size", "Gt", "4"))), labelled, []],
  ["not Gt", pod(affinity(expression("size", "Gt", "5"))), labelled, noMatch],
  ["Lt", pod(affinity(expression("size", "Lt", "10"))), labelled, []],
  ["Lt of a word", pod(affinity(expression("zone", "Lt", "10"))), labelled, noMatch],
  ["one of two terms", pod(affinity(expression("zone", "In", "b"), expression("size", "Exists"))), labelled, []],
  [
    "half a term",
    pod(affinity({ matchExpressions: [...expression("zone", "Exists").matchExpressions, ...expression("x", "Exists").matchExpressions] })),
    labelled,
    noMatch,
  ],
  ["an empty term", pod(affinity({})), labelled, noMatch],
  ["a field", pod(affinity({ matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] })), labelled, []],
  [
    "another field value",
    pod(affinity({ matchFields: [{ key: "metadata.name", operator: "In", values: ["n2"] }] })),
    labelled,
    ["node(s) didn't satisfy plugin(s) [NodeAffinity]"],
  ],
]);

const noPort = ["node(s) didn't have free ports for the requested pod ports"];
const with80: Given = { pods: [pod({}, port(80))] };
const withLocal80: Given = { pods: [pod({}, port(80, "TCP", "127.0.0.1"))] };
table(nodePorts, [
  ["no port", pod({}), with80, []],
  ["another port", pod({}, port(81)), with80, []],
  ["the same port", pod({}, port(80)), with80, noPort],
  ["another protocol", pod({}, port(80, "UDP")), with80, []],
  ["one address against all", pod({}, port(80, "TCP", "127.0.0.1")), with80, noPort],
  ["all addresses against one", pod({}, port(80)), withLocal80, noPort],
  ["two addresses", pod({}, port(80, "TCP", "10.0.0.1")), withLocal80, []],
]);

const full: Given = { pods: [pod({}, requests({ cpu: "1500m", memory: "3Gi" }))] };
const big = requests({ cpu: "1", memory: "2Gi" });
table(nodeResourcesFit, [
  ["nothing requested", pod({}), full, []],
  ["exactly what is left", pod({}, requests({ cpu: "500m", memory: "1Gi" })), full, []],
  ["a little too much cpu", pod({}, requests({ cpu: "501m" })), full, ["Insufficient cpu"]],
  ["too much of both", pod({}, big), full, ["Insufficient cpu", "Insufficient memory"]],
  ["containers together", pod({}, requests({ cpu: "300m" }), requests({ cpu: "300m" })), full, ["Insufficient cpu"]],
  ["an unknown resource", pod({}, requests({ "example.com/gpu": "1" })), full, ["Insufficient example.com/gpu"]],
  [
    "the largest init container counts",
    pod({ initContainers: [{ name: "i", image: "x", ...big }] }),
    full,
    ["Insufficient cpu", "Insufficient memory"],
  ],
  [
    "init containers one after the other do not add up",
    pod({ initContainers: [1, 2, 3].map((i) => ({ name: `i${i}`, image: "x", ...requests({ cpu: "400m" }) })) }, requests({ cpu: "400m" })),
    full,
    [],
  ],
  [
    "init containers that go on running do",
    pod({ initContainers: [{ name: "i", image: "x", restartPolicy: "Always", ...requests({ cpu: "200m" }) }] }, requests({ cpu: "400m" })),
    full,
    ["Insufficient cpu"],
  ],
  ["the overhead counts", pod({ overhead: { cpu: "600m" } }), full, ["Insufficient cpu"]],
  ["no room for a pod", pod({}), { allocatable: { pods: "1" }, pods: [pod({})] }, ["Too many pods"]],
]);
