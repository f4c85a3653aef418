import { PersistentVolumeClaim, StorageClass } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";

let plane: ControlPlane;

beforeEach(async () => {
  plane = await startControlPlane();
});
afterEach(() => plane.close());

const addClaim = async (name: string, storageClassName?: string) => {
  const spec = {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
    ...(storageClassName !== undefined && { storageClassName }),
  };
  return (await plane.client.create(PersistentVolumeClaim, { metadata: { name, namespace: "default" }, spec })).spec.storageClassName;
};

it("is what a claim without a class gets", async () => {
  expect(await addClaim("early")).toBeUndefined();
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  await plane.client.create(StorageClass, { metadata: { name: "usual", annotations }, provisioner: "example.com/disk" });
  expect(await addClaim("late")).toBe("usual");
  expect(await addClaim("own", "mine")).toBe("mine");
  expect(await addClaim("none", "")).toBe("");
});
