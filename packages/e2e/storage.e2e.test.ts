import { existsSync } from "node:fs";
import { join } from "node:path";
import { PersistentVolume, PersistentVolumeClaim, Pod, type PodSpec, StorageClass } from "@wherry/api";
import { buildImages } from "@wherry/images/build.ts";
import { describe, expect, it } from "vitest";
import { dockerSocket, missing, TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX, IDLE, Scene } from "./scene.ts";

const size = (storage: string) => ({ resources: { requests: { storage } } });
const CLAIM: PersistentVolumeClaim["spec"] = { accessModes: ["ReadWriteOnce"], ...size("64Mi") };
const volumeMounts = [{ name: "data", mountPath: "/data" }];
const withClaim: Pick<PodSpec, "volumes"> = { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] };

describeOnCluster("storage", "e2e-storage", (cluster) => {
  const directoryOf = (volume: string) => join(cluster().dataDir, "agent", "volumes", volume);
  const claimed = async (s: Scene, spec: PersistentVolumeClaim["spec"] = CLAIM) => {
    await s.create(PersistentVolumeClaim, { metadata: { name: "data" }, spec });
  };
  const volumeOf = async (s: Scene) =>
    (await s.until(PersistentVolumeClaim, "data", (claim) => claim.status?.phase === "Bound")).spec.volumeName ?? "";
  const deleted = async (s: Scene, kind: typeof Pod | typeof PersistentVolumeClaim, name: string) => {
    await s.client.delete(kind as typeof Pod, { name, namespace: s.namespace });
    await s.gone(kind as typeof Pod, name);
  };

  it.concurrent("a claim gets a directory, which outlives its pods and goes with the claim", async () => {
    const s = await Scene.create(cluster(), "local-path");
    await claimed(s);
    await s.event("data", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
    await s.ready("first", { ...withClaim, main: { volumeMounts } });
    const volume = await volumeOf(s);
    expect(await s.client.get(PersistentVolume, { name: volume })).toMatchObject({
      spec: { local: { path: directoryOf(volume) }, claimRef: { name: "data", namespace: "local-path" } },
      status: { phase: "Bound" },
    });
    await s.event("data", "ProvisioningSucceeded", `Successfully provisioned volume ${volume}`);
    await s.sh("first", "echo kept > /data/file");
    await deleted(s, Pod, "first");
    expect(await s.script("second", "cat /data/file", { ...withClaim, main: { volumeMounts } })).toBe("kept\n");
    await deleted(s, Pod, "second");
    expect(existsSync(directoryOf(volume))).toBe(true);
    await deleted(s, PersistentVolumeClaim, "data");
    await eventually(async () => {
      const { items } = await s.client.list(PersistentVolume, { fieldSelector: `metadata.name=${volume}` });
      return items.length === 0;
    });
    expect(existsSync(directoryOf(volume))).toBe(false);
  });

  it.concurrent("a claim that is deleted stays until its pod is gone", async () => {
    const s = await Scene.create(cluster(), "protected");
    await claimed(s);
    await s.ready("p", { ...withClaim, main: { volumeMounts } });
    const volume = await volumeOf(s);
    await s.client.delete(PersistentVolumeClaim, { name: "data", namespace: s.namespace });
    await s.sh("p", "echo still there > /data/file");
    expect((await s.get(PersistentVolumeClaim, "data")).metadata.deletionTimestamp).toBeDefined();
    await deleted(s, Pod, "p");
    await s.gone(PersistentVolumeClaim, "data");
    await eventually(() => !existsSync(directoryOf(volume)));
  });

  it.concurrent("a claim grows, and its volume with it", async () => {
    const s = await Scene.create(cluster(), "grows");
    await claimed(s);
    await s.ready("p", { ...withClaim, main: { volumeMounts } });
    const volume = await volumeOf(s);
    await s.client.patch(PersistentVolumeClaim, { name: "data", namespace: s.namespace }, { type: "merge", body: { spec: size("128Mi") } });
    await s.until(PersistentVolumeClaim, "data", (claim) => claim.status?.capacity?.storage === "128Mi");
    await s.event("data", "VolumeResizeSuccessful");
    expect((await s.client.get(PersistentVolume, { name: volume })).spec.capacity).toEqual({ storage: "128Mi" });
  });

  it.concurrent("a pod brings its own claim, with a part of it for each container, and takes it along", async () => {
    const s = await Scene.create(cluster(), "ephemeral");
    const containers = ["a", "b"].map((name) => ({
      name,
      image: BUSYBOX,
      command: IDLE,
      volumeMounts: [{ name: "data", mountPath: "/data", subPath: name }],
    }));
    await s.ready("p", {
      volumes: [{ name: "data", ephemeral: { volumeClaimTemplate: { spec: CLAIM } } }],
      containers: [{ ...containers[0]!, name: "main" }, containers[1]!],
    });
    await s.sh("p", "echo a > /data/file");
    const volume = (await s.get(PersistentVolumeClaim, "p-data")).spec.volumeName ?? "";
    expect(existsSync(join(directoryOf(volume), "a", "file"))).toBe(true);
    expect(existsSync(join(directoryOf(volume), "b"))).toBe(true);
    await deleted(s, Pod, "p");
    await s.gone(PersistentVolumeClaim, "p-data");
    await eventually(() => !existsSync(directoryOf(volume)));
  });

  it.concurrent("an administrator's volume is bound at once, read-only where that is asked for, and kept", async () => {
    const s = await Scene.create(cluster(), "by-hand");
    const path = cluster().newFolder("by-hand");
    await s.client.create(StorageClass, { metadata: { name: "by-hand" }, provisioner: "kubernetes.io/no-provisioner" });
    await s.client.create(PersistentVolume, {
      metadata: { name: "by-hand" },
      spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path }, storageClassName: "by-hand" },
    });
    await claimed(s, { ...CLAIM, storageClassName: "by-hand" });
    expect(await volumeOf(s)).toBe("by-hand");
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data", readOnly: true } }];
    expect(await s.script("p", "(echo x > /data/file) 2>&1 || true", { volumes, main: { volumeMounts } })).toContain(
      "Read-only file system",
    );
    await deleted(s, Pod, "p");
    await deleted(s, PersistentVolumeClaim, "data");
    await eventually(async () => (await s.client.get(PersistentVolume, { name: "by-hand" })).status?.phase === "Released");
    expect(existsSync(path)).toBe(true);
    await s.client.delete(PersistentVolume, { name: "by-hand" });
  });

  it.concurrent("an export that cannot be mounted says why", async () => {
    const s = await Scene.create(cluster(), "nfs");
    await s.pod("p", { volumes: [{ name: "data", nfs: { server: "127.0.0.1", path: "/none" } }], main: { volumeMounts } });
    await s.event("p", "FailedMount", 'MountVolume.SetUp failed for volume "data" : ');
    const [event] = (await s.events("p")).filter(({ reason }) => reason === "FailedMount");
    expect(event?.message).toMatch(/mount\.nfs/);
    await deleted(s, Pod, "p");
  });

  it.concurrent("a pod whose claim is not there says so", async () => {
    const s = await Scene.create(cluster(), "unclaimed");
    await s.pod("p", { ...withClaim, main: { volumeMounts } });
    await eventually(async () => {
      const events = await s.events("p");
      return events.some((e) => /persistentvolumeclaims? "data" not found/.test(e.message ?? ""));
    });
    await claimed(s);
    await s.until(Pod, "p", (pod) => pod.status?.phase === "Running");
  });
});

const why = missing();
describe.skipIf(why)("storage of a cluster that goes down", () => {
  it("is kept by down, and removed by down --purge", async () => {
    await buildImages(["busybox"], dockerSocket());
    const cluster = await TestCluster.create("e2e-storage-down");
    try {
      await cluster.up();
      const s = await Scene.create(cluster, "kept");
      await s.create(PersistentVolumeClaim, { metadata: { name: "data" }, spec: CLAIM });
      await s.ready("p", { ...withClaim, main: { volumeMounts } });
      await s.sh("p", "echo kept > /data/file");
      await s.client.delete(Pod, { name: "p", namespace: "kept" });
      await cluster.down();
      await cluster.up();
      const again = Scene.of(await cluster.client(), "kept");
      expect(await again.script("reader", "cat /data/file", { ...withClaim, main: { volumeMounts } })).toBe("kept\n");
      await cluster.down("--purge");
      expect(existsSync(cluster.dataDir)).toBe(false);
    } finally {
      await cluster.remove();
    }
  });
});
