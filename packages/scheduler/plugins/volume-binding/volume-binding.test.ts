import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { aNode, aPod, TestCluster } from "../testing/cluster.ts";
import { volumeRestrictions } from "../volume-restrictions/index.ts";
import { volumeBinding } from "./index.ts";

const metadata = (name: string, annotations: Record<string, string> = {}) => ({
  ...{ name, uid: name, annotations, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
});
const SELECTED = "volume.kubernetes.io/selected-node";

function claim(
  name: string,
  spec: Partial<PersistentVolumeClaim["spec"]> = {},
  annotations: Record<string, string> = {},
): PersistentVolumeClaim {
  const marks: Record<string, string> = spec.volumeName ? { "pv.kubernetes.io/bind-completed": "yes" } : {};
  return {
    ...{ apiVersion: "v1", kind: "PersistentVolumeClaim" },
    metadata: { ...metadata(name, { ...marks, ...annotations }), namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
    status: { phase: spec.volumeName ? "Bound" : "Pending" },
  };
}

function volume(name: string, node?: string, spec: Partial<PersistentVolume["spec"]> = {}): PersistentVolume {
  const term = { matchExpressions: [{ key: "name", operator: "In", values: [node ?? ""] }] };
  const nodeAffinity = node && { nodeAffinity: { required: { nodeSelectorTerms: [term] } } };
  const own = { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, storageClassName: "later" };
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: metadata(name),
    spec: { ...own, ...nodeAffinity, ...spec },
    status: { phase: "Available" },
  };
}

function storageClass(name: string, volumeBindingMode: string, more: Partial<StorageClass> = {}): StorageClass {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: metadata(name),
    provisioner: "example.com/p",
    volumeBindingMode,
    ...more,
  };
}

const using = (...names: string[]) =>
  aPod("p", { volumes: names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) });
const later = { storageClassName: "later" };
const fixed = storageClass("later", "WaitForFirstConsumer", { provisioner: "kubernetes.io/no-provisioner" });

const CONFLICT = ["node(s) had volume node affinity conflict"];
const NO_VOLUME = ["node(s) didn't find available persistent volumes to bind"];
const UNBOUND = ["pod has unbound immediate PersistentVolumeClaims"];
const GONE = ["node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"];

type Object_ = PersistentVolume | PersistentVolumeClaim | StorageClass;
type Case = [what: string, there: Object_[], claims: string[], expected: string[][]];
const cases: Case[] = [
  ["a claim that is not there", [], ["c"], [['persistentvolumeclaim "c" not found'], ['persistentvolumeclaim "c" not found']]],
  ["a claim that waits for its volume", [claim("c")], ["c"], [UNBOUND, UNBOUND]],
  ["a volume that all nodes reach", [claim("c", { volumeName: "v" }), volume("v")], ["c"], [[], []]],
  ["a volume on one node", [claim("c", { volumeName: "v" }), volume("v", "n2")], ["c"], [CONFLICT, []]],
  ["a volume that is gone", [claim("c", { volumeName: "v" })], ["c"], [GONE, GONE]],
  ["a claim for which a volume is made anywhere", [claim("c", later), storageClass("later", "WaitForFirstConsumer")], ["c"], [[], []]],
  [
    "a class that makes volumes in one place",
    [
      claim("c", later),
      storageClass("later", "WaitForFirstConsumer", { allowedTopologies: [{ matchLabelExpressions: [{ key: "name", values: ["n1"] }] }] }),
    ],
    ["c"],
    [[], NO_VOLUME],
  ],
  [
    "a claim for which a node was chosen",
    [claim("c", later, { [SELECTED]: "n1" }), storageClass("later", "WaitForFirstConsumer")],
    ["c"],
    [[], NO_VOLUME],
  ],
  ["volumes that an administrator made", [claim("c", later), fixed, volume("v", "n2")], ["c"], [NO_VOLUME, []]],
  ["two claims, and one volume", [claim("c", later), claim("d", later), fixed, volume("v", "n2")], ["c", "d"], [NO_VOLUME, NO_VOLUME]],
  [
    "two claims, and two volumes",
    [claim("c", later), claim("d", later), fixed, volume("v", "n2"), volume("w", "n2")],
    ["c", "d"],
    [NO_VOLUME, []],
  ],
];

const nodes = () => ["n1", "n2"].map((name) => aNode(name, { name }));

describe("VolumeBinding", () => {
  it.each(cases)("%s", (_, there, names, expected) => {
    const cluster = new TestCluster(...nodes());
    cluster.put(...there);
    expect(cluster.reasons(volumeBinding(cluster.context), using(...names))).toEqual(expected);
  });

  it("does not promise a volume twice", () => {
    const cluster = new TestCluster(...nodes());
    cluster.put(claim("c", later), claim("d", later), fixed, volume("v", "n2"));
    const plugin = volumeBinding(cluster.context);
    cluster.reserve(plugin, using("c"), "n2");
    expect(cluster.reasons(plugin, using("d"))).toEqual([NO_VOLUME, NO_VOLUME]);
    expect(cluster.reasons(plugin, using("c"))).toEqual([NO_VOLUME, []]);
  });
});

describe("VolumeRestrictions", () => {
  it("leaves a claim for one pod to one pod", () => {
    const IN_USE = ["node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"];
    const cluster = new TestCluster(...nodes());
    cluster.put(claim("one", { accessModes: ["ReadWriteOncePod"] }), claim("many"));
    const plugin = volumeRestrictions(cluster.context);
    const user = using("one", "many");
    cluster.place({ ...user, spec: { ...user.spec, nodeName: "n1" } });
    expect(cluster.reasons(plugin, using("many"))).toEqual([[], []]);
    expect(cluster.reasons(plugin, using("one"))).toEqual([IN_USE, IN_USE]);
    cluster.cluster.removePod(user.metadata.uid);
    expect(cluster.reasons(plugin, using("one"))).toEqual([[], []]);
  });
});
