import { Event, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimProtection } from "../storage-protection/claims.ts";
import { volumeProtection } from "../storage-protection/volumes.ts";
import { persistentVolumeBinder } from "./index.ts";

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane({ controllers: [persistentVolumeBinder(), claimProtection(), volumeProtection()] });
});
afterEach(() => plane.close());

const at = (name: string) => ({ name, namespace: "default" });
const ofClaim = (storage: string, more: Partial<PersistentVolumeClaim["spec"]> = {}): PersistentVolumeClaim["spec"] => ({
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage } },
  storageClassName: "",
  ...more,
});
const ofVolume = (storage: string, more: Partial<PersistentVolume["spec"]> = {}): PersistentVolume["spec"] => ({
  accessModes: ["ReadWriteOnce"],
  capacity: { storage },
  hostPath: { path: "/mnt/x" },
  ...more,
});
const claimed = (name: string, spec: PersistentVolumeClaim["spec"]) =>
  plane.client.create(PersistentVolumeClaim, { metadata: at(name), spec });
const made = (name: string, spec: PersistentVolume["spec"]) => plane.client.create(PersistentVolume, { metadata: { name }, spec });
const claim = (name: string) => plane.client.get(PersistentVolumeClaim, at(name));
const volume = (name: string) => plane.client.get(PersistentVolume, { name });
const pod = (name: string, claimName: string, nodeName?: string) =>
  plane.client.create(Pod, {
    metadata: at(name),
    spec: {
      containers: [{ name: "main", image: "app:v1" }],
      volumes: [{ name: "v", persistentVolumeClaim: { claimName } }],
      ...(nodeName && { nodeName }),
    },
  });
const reasons = async (name: string) => {
  const { items } = await plane.client.list(Event);
  return items.filter((e) => e.involvedObject.name === name).map((e) => e.reason);
};

describe("claims and volumes", () => {
  it("find each other whichever comes first", async () => {
    await claimed("early", ofClaim("1Gi"));
    await plane.idle();
    expect((await claim("early")).status).toEqual({ phase: "Pending" });
    await made("small", ofVolume("1Gi"));
    await made("large", ofVolume("2Gi"));
    await plane.idle();
    await claimed("late", ofClaim("1500Mi"));
    await plane.idle();
    expect((await claim("early")).spec.volumeName).toBe("small");
    expect(await claim("late")).toMatchObject({ spec: { volumeName: "large" }, status: { phase: "Bound", capacity: { storage: "2Gi" } } });
    expect((await volume("large")).spec.claimRef).toMatchObject(at("late"));
  });

  it("that name each other are bound, also when the volume comes later", async () => {
    await claimed("c", ofClaim("1Gi", { volumeName: "v" }));
    await plane.idle();
    await made("v", ofVolume("1Gi"));
    await plane.idle();
    expect((await claim("c")).status?.phase).toBe("Bound");
    await made("w", ofVolume("1Gi", { claimRef: { name: "d", namespace: "default" } }));
    await plane.idle();
    expect((await volume("w")).status?.phase).toBe("Available");
    await claimed("d", ofClaim("1Gi"));
    await plane.idle();
    expect((await claim("d")).spec.volumeName).toBe("w");
  });

  it("a claim's volume is released with it, and free again once an administrator says so", async () => {
    await made("v", ofVolume("1Gi"));
    await claimed("c", ofClaim("1Gi"));
    await plane.idle();
    await plane.client.delete(PersistentVolumeClaim, at("c"));
    await plane.idle();
    expect((await volume("v")).status?.phase).toBe("Released");
    await claimed("c", ofClaim("1Gi"));
    await plane.idle();
    expect((await claim("c")).status?.phase).toBe("Pending");
    await plane.client.patch(PersistentVolume, { name: "v" }, { type: "merge", body: { spec: { claimRef: null } } });
    await plane.idle();
    expect((await claim("c")).spec.volumeName).toBe("v");
  });

  it("a claim whose volume is forced away is lost", async () => {
    await made("v", ofVolume("1Gi"));
    await claimed("c", ofClaim("1Gi"));
    await plane.idle();
    await plane.client.delete(PersistentVolume, { name: "v" });
    await plane.idle();
    expect((await volume("v")).metadata.deletionTimestamp).toBeDefined();
    await plane.client.patch(PersistentVolume, { name: "v" }, { type: "merge", body: { metadata: { finalizers: null } } });
    await plane.idle();
    expect((await claim("c")).status).toEqual({ phase: "Lost" });
    expect(await reasons("c")).toContain("ClaimLost");
  });

  it("a claim gets the default class that comes after it", async () => {
    const { storageClassName: _, ...spec } = ofClaim("1Gi");
    await claimed("c", spec);
    await plane.idle();
    const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
    await plane.client.create(StorageClass, {
      metadata: { name: "std", annotations },
      provisioner: "example.com/disks",
      volumeBindingMode: "WaitForFirstConsumer",
    });
    await plane.idle();
    expect((await claim("c")).spec.storageClassName).toBe("std");
    expect(await reasons("c")).toEqual(["FailedBinding", "WaitForFirstConsumer"]);
    await pod("p", "c");
    await plane.idle();
    expect(await reasons("c")).toEqual(["FailedBinding", "WaitForFirstConsumer", "WaitForPodScheduled"]);
    const body = { metadata: { annotations: { "volume.kubernetes.io/selected-node": "n1" } } };
    await plane.client.patch(PersistentVolumeClaim, at("c"), { type: "merge", body });
    await plane.idle();
    expect((await claim("c")).metadata.annotations?.["volume.kubernetes.io/storage-provisioner"]).toBe("example.com/disks");
    expect(await reasons("c")).toContain("ExternalProvisioning");
  });
});

describe("protection", () => {
  it("a claim stays while a pod with a node uses it, and its volume while the claim is there", async () => {
    await made("v", ofVolume("1Gi"));
    await claimed("c", ofClaim("1Gi"));
    await plane.idle();
    await pod("p", "c", "n1");
    await pod("unscheduled", "c");
    await plane.client.delete(PersistentVolumeClaim, at("c"));
    await plane.client.delete(PersistentVolume, { name: "v" });
    await plane.idle();
    expect((await claim("c")).metadata.deletionTimestamp).toBeDefined();
    expect((await volume("v")).metadata).toMatchObject({ finalizers: ["kubernetes.io/pv-protection"] });
    await plane.client.delete(Pod, at("p"), { gracePeriodSeconds: 0 });
    await plane.idle();
    expect((await plane.client.list(PersistentVolumeClaim)).items).toEqual([]);
    expect((await plane.client.list(PersistentVolume)).items).toEqual([]);
  });

  it("comes back when somebody takes it away", async () => {
    await claimed("c", ofClaim("1Gi"));
    await plane.client.patch(PersistentVolumeClaim, at("c"), { type: "merge", body: { metadata: { finalizers: null } } });
    await plane.idle();
    expect((await claim("c")).metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
  });
});
