import { Event, Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from "@wherry/api";
import type { FakeClock } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { persistentVolumeBinder } from "../persistent-volumes/index.ts";
import { claimProtection } from "../storage-protection/claims.ts";
import { volumeProtection } from "../storage-protection/volumes.ts";
import { localPathProvisioner } from "./index.ts";

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane({
    controllers: [persistentVolumeBinder(), localPathProvisioner(), claimProtection(), volumeProtection()],
  });
  const annotations = { "wherry.io/volumes-directory": "/data/volumes" };
  await plane.client.create(Node, { metadata: { name: "n1", labels: { "kubernetes.io/hostname": "n1" }, annotations }, spec: {} });
  await plane.idle();
});
afterEach(() => plane.close());

const at = (name: string) => ({ name, namespace: "default" });
const claimed = async (spec: Partial<PersistentVolumeClaim["spec"]> = {}, node: string | undefined = "n1") => {
  const annotations: Record<string, string> = node ? { "volume.kubernetes.io/selected-node": node } : {};
  const { metadata } = await plane.client.create(PersistentVolumeClaim, {
    metadata: { ...at("c"), annotations },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
  });
  await plane.idle();
  return `pvc-${metadata.uid}`;
};
const claim = () => plane.client.get(PersistentVolumeClaim, at("c"));
const told = async (name: string) => {
  const { items } = await plane.client.list(Event);
  return items.filter((e) => e.involvedObject.name === name).map((e) => `${e.reason}: ${e.message}`);
};
const finalize = (name: string, finalizers: string[] | null) =>
  plane.client.patch(PersistentVolume, { name }, { type: "merge", body: { metadata: { finalizers } } });

describe("the class local-path", () => {
  it("is there from the start, and the default; an administrator's changes stay", async () => {
    const found = await plane.client.get(StorageClass, { name: "local-path" });
    expect(found).toMatchObject({
      metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "wherry.io/local-path",
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Delete",
    });
  });

  it("gives a claim a directory of the node that was selected for it", async () => {
    const name = await claimed();
    const volume = await plane.client.get(PersistentVolume, { name });
    expect(volume.spec).toMatchObject({
      local: { path: `/data/volumes/${name}` },
      capacity: { storage: "1Gi" },
      persistentVolumeReclaimPolicy: "Delete",
      storageClassName: "local-path",
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["n1"] }] }] },
      },
    });
    expect(volume.status?.phase).toBe("Bound");
    expect(await claim()).toMatchObject({ spec: { volumeName: name }, status: { phase: "Bound", capacity: { storage: "1Gi" } } });
    const events = await told("c");
    expect(events).toContain('Provisioning: External provisioner is provisioning volume for claim "default/c"');
    expect(events).toContain(`ProvisioningSucceeded: Successfully provisioned volume ${name}`);
  });

  it("waits for a pod", async () => {
    await claimed({}, "");
    expect((await plane.client.list(PersistentVolume)).items).toEqual([]);
    expect(await told("c")).toEqual(["WaitForFirstConsumer: waiting for first consumer to be created before binding"]);
  });

  it("has the scheduler choose again when the node is gone", async () => {
    await claimed({}, "n2");
    expect((await claim()).metadata.annotations?.["volume.kubernetes.io/selected-node"]).toBeUndefined();
    expect(await told("c")).toContain(
      'ProvisioningFailed: failed to provision volume with StorageClass "local-path": failed to get target node: nodes "n2" not found',
    );
  });

  it.each<[string, Partial<PersistentVolumeClaim["spec"]>, string]>([
    ["block devices", { volumeMode: "Block" }, "wherry.io/local-path does not support block volume provisioning"],
    [
      "many writers",
      { accessModes: ["ReadWriteMany"] },
      "wherry.io/local-path only supports the access modes ReadWriteOnce and ReadWriteOncePod, not ReadWriteMany",
    ],
    ["selectors", { selector: { matchLabels: { a: "b" } } }, "claim Selector is not supported"],
    ["sources", { dataSource: { kind: "PersistentVolumeClaim", name: "other" } }, "wherry.io/local-path does not support data sources"],
  ])("does not do %s, and says so", async (_, spec, why) => {
    await claimed(spec);
    expect(await told("c")).toContain(`ProvisioningFailed: failed to provision volume with StorageClass "local-path": ${why}`);
    expect((await claim()).status?.phase).toBe("Pending");
  });
});

it("a class may name the nodes that its directories are on", async () => {
  await plane.client.create(StorageClass, {
    metadata: { name: "zone-b" },
    provisioner: "wherry.io/local-path",
    allowedTopologies: [{ matchLabelExpressions: [{ key: "zone", values: ["b"] }] }],
  });
  await claimed({ storageClassName: "zone-b" });
  expect(await told("c")).toContain(
    'ProvisioningFailed: failed to provision volume with StorageClass "zone-b": node "n1" is not among the allowedTopologies of StorageClass "zone-b"',
  );
  await plane.client.patch(Node, { name: "n1" }, { type: "merge", body: { metadata: { labels: { zone: "b" } } } });
  await (plane.clock as FakeClock).advance(15_000);
  await plane.idle();
  expect((await claim()).status?.phase).toBe("Bound");
});

describe("a directory's volume", () => {
  it("is deleted with its claim, and waits for its agent", async () => {
    const name = await claimed();
    await finalize(name, ["kubernetes.io/pv-protection", "wherry.io/local-path"]);
    await plane.client.delete(PersistentVolumeClaim, at("c"));
    await plane.idle();
    const volume = await plane.client.get(PersistentVolume, { name });
    expect(volume.status?.phase).toBe("Released");
    expect(volume.metadata).toMatchObject({ deletionTimestamp: expect.any(String), finalizers: ["wherry.io/local-path"] });
    await finalize(name, null);
    expect((await plane.client.list(PersistentVolume)).items).toEqual([]);
  });

  it("keeps the label by which its agent finds it", async () => {
    const name = await claimed();
    await plane.client.patch(PersistentVolume, { name }, { type: "merge", body: { metadata: { labels: null } } });
    await plane.idle();
    expect((await plane.client.get(PersistentVolume, { name })).metadata.labels).toEqual({ "kubernetes.io/hostname": "n1" });
  });

  it("stays when that is its policy", async () => {
    const name = await claimed();
    const body = { spec: { persistentVolumeReclaimPolicy: "Retain" } };
    await plane.client.patch(PersistentVolume, { name }, { type: "merge", body });
    await plane.client.delete(PersistentVolumeClaim, at("c"));
    await plane.idle();
    const volume = await plane.client.get(PersistentVolume, { name });
    expect([volume.status?.phase, volume.metadata.deletionTimestamp]).toEqual(["Released", undefined]);
  });

  it("does not wait for an agent whose node is gone", async () => {
    const name = await claimed();
    await finalize(name, ["kubernetes.io/pv-protection", "wherry.io/local-path"]);
    await plane.client.delete(PersistentVolumeClaim, at("c"));
    await plane.idle();
    await plane.client.delete(Node, { name: "n1" });
    await plane.idle();
    expect((await plane.client.list(PersistentVolume)).items).toEqual([]);
    expect(await told(name)).toContain('VolumeFailedDelete: node "n1" is gone: if it comes back, the volume\'s directory is still there');
  });
});
