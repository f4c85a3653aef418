import type { PersistentVolume, PersistentVolumeClaim } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { claim, promise, storageClass, volume } from "./fixtures.ts";
import { type ClaimWorld, planClaim } from "./plan-claim.ts";

const world = (more: Partial<ClaimWorld> = {}): ClaimWorld => ({
  named: undefined,
  candidates: [],
  storageClass: undefined,
  defaultClass: undefined,
  waitingPods: [],
  podNode: undefined,
  ...more,
});

const chosen = (of: PersistentVolumeClaim, ...candidates: PersistentVolume[]) => planClaim(of, world({ candidates })).volume?.metadata.name;
const told = (of: PersistentVolumeClaim, more: Partial<ClaimWorld> = {}) =>
  planClaim(of, world(more)).events?.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

describe("the choice of a volume", () => {
  const modes = (...accessModes: string[]) => ({ accessModes });
  it.each<[string, PersistentVolumeClaim, PersistentVolume[], string | undefined]>([
    ["the smallest that is large enough", claim("c"), [volume("l", "5Gi"), volume("m", "2Gi"), volume("s", "512Mi")], "m"],
    ["the first by name of one size", claim("c"), [volume("b", "1Gi"), volume("a", "1Gi")], "a"],
    ["none that is too small", claim("c"), [volume("s", "1023Mi")], undefined],
    ["none in another class", claim("c", { storageClassName: "fast" }), [volume("v", "1Gi")], undefined],
    ["one of its class", claim("c", { storageClassName: "fast" }), [volume("v", "1Gi", { storageClassName: "fast" })], "v"],
    ["none of another mode", claim("c", { volumeMode: "Block" }), [volume("v", "1Gi")], undefined],
    ["none without its access mode", claim("c", modes("ReadWriteMany")), [volume("v", "1Gi")], undefined],
    ["ReadWriteOncePod is a mode of its own", claim("c", modes("ReadWriteOncePod")), [volume("v", "1Gi")], undefined],
    ["one with more access modes", claim("c", modes("ReadOnlyMany")), [volume("v", "1Gi", modes("ReadWriteOnce", "ReadOnlyMany"))], "v"],
    ["none that is not available yet", claim("c"), [volume("v", "1Gi", {}, {}, "Pending")], undefined],
    ["none that is being deleted", claim("c"), [volume("v", "1Gi", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" })], undefined],
    [
      "one that its selector matches",
      claim("c", { selector: { matchLabels: { tier: "a" } } }),
      [volume("other", "1Gi"), volume("v", "9Gi", {}, { labels: { tier: "a" } })],
      "v",
    ],
    [
      "the one that is promised to it, whatever its class or size of the others",
      claim("c"),
      [volume("small", "1Gi"), volume("mine", "9Gi", { claimRef: { name: "c", namespace: "default" }, storageClassName: "x" })],
      "mine",
    ],
    [
      "none that is promised to a former claim of its name",
      claim("c"),
      [volume("v", "1Gi", { claimRef: { ...promise(claim("c")), uid: "former" } })],
      undefined,
    ],
  ])("%s", (_, of, candidates, wanted) => expect(chosen(of, ...candidates)).toBe(wanted));
});

describe("a claim that is bound", () => {
  it("and its volume name each other, and the controller says what it chose", () => {
    const plan = planClaim(claim("c"), world({ candidates: [volume("v", "2Gi")] }));
    expect(plan.volume).toMatchObject({
      metadata: { annotations: { "pv.kubernetes.io/bound-by-controller": "yes" } },
      spec: { claimRef: { kind: "PersistentVolumeClaim", namespace: "default", name: "c", uid: "uid-c" } },
      status: { phase: "Bound" },
    });
    expect(plan.claim).toMatchObject({
      metadata: { annotations: { "pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes" } },
      spec: { volumeName: "v" },
      status: { phase: "Bound", capacity: { storage: "2Gi" }, accessModes: ["ReadWriteOnce"] },
    });
  });

  it("keeps what the user chose apart from what the controller chose", () => {
    const plan = planClaim(claim("c", { volumeName: "v" }), world({ named: volume("v", "2Gi") }));
    expect(plan.claim?.metadata.annotations).toEqual({ "pv.kubernetes.io/bind-completed": "yes" });
    const named = volume("v", "2Gi", { claimRef: { name: "c", namespace: "default" } });
    const both = planClaim(claim("c", { volumeName: "v" }), world({ named }));
    expect(both.volume?.metadata.annotations).toBeUndefined();
    expect(both.volume?.spec.claimRef?.uid).toBe("uid-c");
  });

  it("keeps the size of its file system when the volume has grown", () => {
    const status = { phase: "Bound", capacity: { storage: "1Gi" } };
    const of = claim("c", { volumeName: "v" }, { annotations: { "pv.kubernetes.io/bind-completed": "yes" } }, status);
    const plan = planClaim(of, world({ named: volume("v", "5Gi", { claimRef: promise(of) }) }));
    expect(plan.claim?.status?.capacity).toEqual({ storage: "1Gi" });
  });

  const completed = { annotations: { "pv.kubernetes.io/bind-completed": "yes" } };
  it.each<[string, Partial<PersistentVolumeClaim["spec"]>, PersistentVolume | undefined, string]>([
    [
      "its volume is gone",
      { volumeName: "v" },
      undefined,
      "Warning ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!",
    ],
    [
      "it does not know it any more",
      {},
      undefined,
      "Warning ClaimLost: Bound claim has lost reference to PersistentVolume. Data on the volume is lost!",
    ],
    [
      "another one has it",
      { volumeName: "v" },
      volume("v", "1Gi", { claimRef: promise(claim("other")) }),
      "Warning ClaimMisbound: Two claims are bound to the same volume, this one is bound incorrectly",
    ],
  ])("is lost when %s", (_, spec, named, message) => {
    const of = claim("c", spec, completed, { phase: "Bound", capacity: { storage: "1Gi" } });
    expect(told(of, { named })).toEqual([message]);
    const plan = planClaim(of, world({ named }));
    expect(plan.claim?.status).toEqual({ phase: "Lost" });
    expect(plan.volume).toBeUndefined();
    expect(told({ ...of, status: { phase: "Lost" } }, { named })).toEqual([]);
  });
});

describe("a claim that waits", () => {
  const later = storageClass("later", { volumeBindingMode: "WaitForFirstConsumer" });
  const of = (storageClassName: string | undefined, annotations = {}) => claim("c", { storageClassName }, { annotations });
  it.each<[string, PersistentVolumeClaim, Partial<ClaimWorld>, string[]]>([
    ["without a class", of(""), {}, ["Normal FailedBinding: no persistent volumes available for this claim and no storage class is set"]],
    ["for its class", of("x"), {}, ['Warning ProvisioningFailed: storageclass.storage.k8s.io "x" not found']],
    [
      "for its first pod",
      of("later"),
      { storageClass: later, candidates: [volume("v", "1Gi", { storageClassName: "later" })] },
      ["Normal WaitForFirstConsumer: waiting for first consumer to be created before binding"],
    ],
    [
      "for a pod's node",
      of("later"),
      { storageClass: later, waitingPods: ["p"] },
      ["Normal WaitForPodScheduled: waiting for pod p to be scheduled"],
    ],
    [
      "for the node of several pods",
      of("later"),
      { storageClass: later, waitingPods: ["p", "q"] },
      ["Normal WaitForPodScheduled: waiting for pods p,q to be scheduled"],
    ],
    [
      "for its provisioner",
      of("later", { "volume.kubernetes.io/selected-node": "n1" }),
      { storageClass: later },
      [
        "Normal ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'example.com/disks' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
      ],
    ],
    [
      "for an administrator",
      of("hand"),
      { storageClass: storageClass("hand", { provisioner: "kubernetes.io/no-provisioner" }) },
      ["Warning ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner"],
    ],
    ["for a volume that is not there", claim("c", { volumeName: "v" }), {}, []],
    [
      "for a volume that another has",
      claim("c", { volumeName: "v" }),
      { named: volume("v", "1Gi", { claimRef: promise(claim("other")) }) },
      ['Warning FailedBinding: volume "v" already bound to a different claim.'],
    ],
    [
      "for a volume that is too small",
      claim("c", { volumeName: "v" }),
      { named: volume("v", "1Mi") },
      ['Warning VolumeMismatch: Cannot bind to requested volume "v": requested PV is too small'],
    ],
    [
      "for a volume of another class",
      claim("c", { volumeName: "v" }),
      { named: volume("v", "1Gi", { storageClassName: "x" }) },
      ['Warning VolumeMismatch: Cannot bind to requested volume "v": storageClassName does not match'],
    ],
    [
      "for a volume of another mode",
      claim("c", { volumeName: "v", volumeMode: "Block" }),
      { named: volume("v", "1Gi") },
      ['Warning VolumeMismatch: Cannot bind to requested volume "v": incompatible volumeMode'],
    ],
    [
      "for a volume with other access modes",
      claim("c", { volumeName: "v", accessModes: ["ReadWriteMany"] }),
      { named: volume("v", "1Gi") },
      ['Warning VolumeMismatch: Cannot bind to requested volume "v": incompatible accessMode'],
    ],
  ])("%s says so, and is Pending", (_, waiting, around, messages) => {
    expect(told(waiting, around)).toEqual(messages);
    const plan = planClaim(waiting, world(around));
    expect(plan.volume).toBeUndefined();
    expect(plan.claim?.status).toEqual({ phase: "Pending" });
  });

  it("for its first pod gets the node of a pod that has one, unless nobody provisions its class", () => {
    const around = { storageClass: later, podNode: "n7" };
    const plan = planClaim(of("later"), world(around));
    expect(plan.claim?.metadata.annotations).toEqual({ "volume.kubernetes.io/selected-node": "n7" });
    expect(plan.events).toEqual([]);
    const byHand = { ...later, provisioner: "kubernetes.io/no-provisioner" };
    expect(planClaim(of("later"), world({ ...around, storageClass: byHand })).claim?.metadata.annotations).toEqual({});
  });

  it("asks the provisioner of its class", () => {
    const plan = planClaim(of("now"), world({ storageClass: storageClass("now") }));
    expect(plan.claim?.metadata.annotations).toEqual({
      "volume.kubernetes.io/storage-provisioner": "example.com/disks",
      "volume.beta.kubernetes.io/storage-provisioner": "example.com/disks",
    });
  });

  it("gets the default class when there is one at last, unless it wants none", () => {
    const defaultClass = storageClass("std");
    expect(planClaim(of(undefined), world({ defaultClass })).claim?.spec.storageClassName).toBe("std");
    expect(planClaim(of(""), world({ defaultClass })).claim?.spec.storageClassName).toBe("");
  });

  it("gets a volume without a class rather than the default class", () => {
    const around = world({ defaultClass: storageClass("std"), candidates: [volume("v", "1Gi")] });
    expect(planClaim(of(undefined), around).claim?.spec).toMatchObject({ volumeName: "v", storageClassName: undefined });
  });

  it("gets nothing any more when it is being deleted", () => {
    const going = claim("c", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    expect(planClaim(going, world({ candidates: [volume("v", "1Gi")] }))).toEqual({});
  });
});
