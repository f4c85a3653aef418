import { Event, PersistentVolume, PersistentVolumeClaim, StorageClass } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { persistentVolumeBinder } from "../persistent-volumes/index.ts";
import { volumeExpansion } from "./index.ts";

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane({ controllers: [persistentVolumeBinder(), volumeExpansion()] });
});
afterEach(() => plane.close());

const at = { name: "c", namespace: "default" };
const sized = (storage: string) => ({ resources: { requests: { storage } } });

/** Grows a claim whose volume was made by this provisioner; gives the sizes of both, and what was told. */
async function grown(provisioner: string): Promise<{ sizes: (string | undefined)[]; told: string[] }> {
  const accessModes = ["ReadWriteOnce"];
  await plane.client.create(StorageClass, { metadata: { name: "std" }, provisioner, allowVolumeExpansion: true });
  await plane.client.create(PersistentVolume, {
    metadata: { name: "v", annotations: { "pv.kubernetes.io/provisioned-by": provisioner } },
    spec: { accessModes, capacity: { storage: "1Gi" }, hostPath: { path: "/x" }, storageClassName: "std" },
  });
  await plane.idle();
  await plane.client.create(PersistentVolumeClaim, { metadata: at, spec: { accessModes, storageClassName: "std", ...sized("1Gi") } });
  await plane.idle();
  await plane.client.patch(PersistentVolumeClaim, at, { type: "merge", body: { spec: sized("3Gi") } });
  await plane.idle();
  const volume = await plane.client.get(PersistentVolume, { name: "v" });
  const claim = await plane.client.get(PersistentVolumeClaim, at);
  const told = (await plane.client.list(Event)).items.map((e) => `${e.source?.component} ${e.reason}: ${e.message}`);
  return { sizes: [volume.spec.capacity?.storage, claim.status?.capacity?.storage], told };
}

it("a directory's volume and its claim say the new size", async () => {
  const { sizes, told } = await grown("wherry.io/local-path");
  expect(sizes).toEqual(["3Gi", "3Gi"]);
  expect(told).toEqual([
    "volume_expand Resizing: External resizer is resizing volume v",
    "volume_expand VolumeResizeSuccessful: Resize volume succeeded",
  ]);
});

it("what others provision is left to them", async () => {
  const { sizes, told } = await grown("example.com/disks");
  expect(sizes).toEqual(["1Gi", "1Gi"]);
  expect(told).toEqual(["volume_expand ExternalExpanding: waiting for an external controller to expand this PVC"]);
});
