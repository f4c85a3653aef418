import { PersistentVolumeClaim, StorageClass } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane();
  const provisioner = "example.com/disk";
  await plane.client.create(StorageClass, { metadata: { name: "grows" }, provisioner, allowVolumeExpansion: true });
  await plane.client.create(StorageClass, { metadata: { name: "fixed" }, provisioner });
});
afterEach(() => plane.close());

const at = { name: "c", namespace: "default" };
const sized = (storage: string) => ({ resources: { requests: { storage } } });
const grow = (storage: string) => plane.client.patch(PersistentVolumeClaim, at, { type: "merge", body: { spec: sized(storage) } });

async function claimed(storageClassName: string, phase: string): Promise<void> {
  const spec = { accessModes: ["ReadWriteOnce"], storageClassName, volumeName: "v", ...sized("1Gi") };
  const claim = await plane.client.create(PersistentVolumeClaim, { metadata: at, spec });
  await plane.client.update(PersistentVolumeClaim, { ...claim, status: { phase } }, { subresource: "status" });
}

it("a claim grows when its class lets it", async () => {
  await claimed("grows", "Bound");
  expect((await grow("2Gi")).spec.resources?.requests?.storage).toBe("2Gi");
  await expect(grow("1Gi")).rejects.toThrow("field can not be less than previous value");
});

it.each([
  [
    "its class does not",
    "fixed",
    "Bound",
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
  ],
  ["it is not bound", "grows", "Pending", "Only bound persistent volume claims can be expanded"],
])("a claim does not grow when %s", async (_, storageClassName, phase, why) => {
  await claimed(storageClassName, phase);
  await expect(grow("2Gi")).rejects.toThrow(`persistentvolumeclaims "c" is forbidden: ${why}`);
});
