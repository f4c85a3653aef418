import { Event, PersistentVolumeClaim, Pod } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ephemeralVolumeController } from "./index.ts";

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane({ controllers: [ephemeralVolumeController()] });
});
afterEach(() => plane.close());

const at = (name: string) => ({ name, namespace: "default" });
const size = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const podWithClaim = () =>
  plane.client.create(Pod, {
    metadata: at("p"),
    spec: {
      containers: [{ name: "main", image: "app:v1" }],
      volumes: [{ name: "data", ephemeral: { volumeClaimTemplate: { metadata: { labels: { app: "p" } }, spec: size } } }],
    },
  });

it("a pod gets the claim that it brings along, and gets it again when somebody deletes it", async () => {
  const pod = await podWithClaim();
  await plane.idle();
  const claim = await plane.client.get(PersistentVolumeClaim, at("p-data"));
  expect(claim).toMatchObject({ metadata: { labels: { app: "p" } }, spec: size });
  expect(claim.metadata.ownerReferences).toEqual([
    { apiVersion: "v1", kind: "Pod", name: "p", uid: pod.metadata.uid, controller: true, blockOwnerDeletion: true },
  ]);
  await plane.client.patch(PersistentVolumeClaim, at("p-data"), { type: "merge", body: { metadata: { finalizers: null } } });
  await plane.client.delete(PersistentVolumeClaim, at("p-data"));
  await plane.idle();
  expect((await plane.client.get(PersistentVolumeClaim, at("p-data"))).metadata.uid).not.toBe(claim.metadata.uid);
});

it("a claim of somebody else's is not touched", async () => {
  const before = await plane.client.create(PersistentVolumeClaim, { metadata: at("p-data"), spec: size });
  await podWithClaim();
  await plane.idle();
  expect(await plane.client.get(PersistentVolumeClaim, at("p-data"))).toEqual(before);
  const [event] = (await plane.client.list(Event)).items;
  expect(event).toMatchObject({
    reason: "FailedBinding",
    message: "ephemeral volume data: PVC default/p-data was not created for pod default/p (pod is not owner)",
  });
});
