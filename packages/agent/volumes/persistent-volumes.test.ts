import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Event, PersistentVolume, PersistentVolumeClaim, Pod } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";

const at = withNode(startControlPlane);
const image = "app:v1";
const isRunning = (pod: Pod) => pod.status?.phase === "Running";
const nodeAffinity = (hostname = "n1") => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [hostname] }] }] },
});

/** A claim, bound to a volume with this spec as the control plane would do it. */
async function bound(spec: Partial<PersistentVolume["spec"]>, metadata: Partial<PersistentVolume["metadata"]> = {}): Promise<string> {
  const accessModes = ["ReadWriteOnce"];
  const claim = await at.client.create(PersistentVolumeClaim, {
    metadata: { name: "data", namespace: "default" },
    spec: { accessModes, resources: { requests: { storage: "1Gi" } }, storageClassName: "" },
  });
  const { uid } = claim.metadata;
  const name = `pvc-${uid}`;
  await at.client.create(PersistentVolume, {
    metadata: { name, ...metadata },
    spec: { accessModes, capacity: { storage: "1Gi" }, claimRef: { name: "data", namespace: "default", uid }, ...withPath(spec, name) },
  });
  const named = await at.client.update(PersistentVolumeClaim, { ...claim, spec: { ...claim.spec, volumeName: name } });
  await at.client.update(PersistentVolumeClaim, { ...named, status: { phase: "Bound" } }, { subresource: "status" });
  return name;
}

const withPath = (spec: Partial<PersistentVolume["spec"]>, name: string) =>
  spec.local || spec.hostPath || spec.nfs || spec.csi
    ? spec
    : { local: { path: directoryOf(name) }, nodeAffinity: nodeAffinity(), ...spec };
const directoryOf = (name: string) => join(at.node.dataDir, "volumes", name);
const provisioned = (policy = "Delete") =>
  bound(
    { persistentVolumeReclaimPolicy: policy },
    { labels: { "kubernetes.io/hostname": "n1" }, annotations: { "pv.kubernetes.io/provisioned-by": "wherry.io/local-path" } },
  );

const run = (volume: object = { persistentVolumeClaim: { claimName: "data" } }, spec: Partial<Pod["spec"]> = {}) =>
  at.node.run("web", {
    volumes: [{ name: "v", ...volume }],
    containers: [{ name: "main", image, volumeMounts: [{ name: "v", mountPath: "/v" }] }],
    ...spec,
  });
const mounted = async () =>
  at.node.runtime.spec((await at.node.running("web")).id)!.mounts.find((m: { target: string }) => m.target === "/v")!;
const forcedAway = (name: string) => at.client.delete(PersistentVolume, { name });
const unprotect = (name: string) =>
  at.client.patch(
    PersistentVolume,
    { name },
    { type: "strategic", body: { metadata: { "$deleteFromPrimitiveList/finalizers": ["kubernetes.io/pv-protection"] } } },
  );
const made = (name: string) =>
  at.node.eventually("the directory", () => existsSync(directoryOf(name))).then(() => until(name, "wherry.io/local-path"));

/** Asks again and again, and lets the server work in between. */
async function eventually(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 5000; tries++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`${what} never happened`);
}

const until = (name: string, finalizer: string) =>
  eventually(`the finalizer ${finalizer}`, async () =>
    Boolean((await at.client.get(PersistentVolume, { name })).metadata.finalizers?.includes(finalizer)),
  );

const untilVolumesGone = () => eventually("the volume's end", async () => (await at.client.list(PersistentVolume)).items.length === 0);

describe("a provisioned directory", () => {
  it("is made, mounted, and stays when its pod goes", async () => {
    const name = await provisioned();
    await run();
    await at.node.until("web", isRunning);
    expect(await mounted()).toMatchObject({ source: directoryOf(name), readOnly: false });
    expect(statSync(directoryOf(name)).mode & 0o777).toBe(0o777);
    await until(name, "wherry.io/local-path");
    writeFileSync(join(directoryOf(name), "file"), "x");
    await at.client.delete(Pod, { name: "web", namespace: "default" });
    await at.node.untilGone("web");
    await at.node.eventually("a clean directory", () => readdirSync(join(at.node.dataDir, "pods")).length === 0);
    expect(readdirSync(directoryOf(name))).toEqual(["file"]);
  });

  it("goes with its volume, once nothing holds that any more", async () => {
    const name = await provisioned();
    await made(name);
    mkdirSync(join(directoryOf(name), "a/b"), { recursive: true });
    await forcedAway(name);
    expect(existsSync(directoryOf(name))).toBe(true);
    await unprotect(name);
    await untilVolumesGone();
    expect(existsSync(directoryOf(name))).toBe(false);
  });

  it("outlives a volume that is to be retained", async () => {
    const name = await provisioned("Retain");
    await made(name);
    await forcedAway(name);
    await unprotect(name);
    await untilVolumesGone();
    expect(existsSync(directoryOf(name))).toBe(true);
  });

  it("stays while a pod of the node uses it", async () => {
    const name = await provisioned();
    await run();
    await at.node.until("web", isRunning);
    await until(name, "wherry.io/local-path");
    await forcedAway(name);
    await unprotect(name);
    // As long as it takes to run a pod, the node has done nothing about it.
    await at.node.run("other");
    await at.node.until("other", isRunning);
    expect(existsSync(directoryOf(name))).toBe(true);
    await at.client.delete(Pod, { name: "web", namespace: "default" });
    await at.node.untilGone("web");
    await untilVolumesGone();
    expect(existsSync(directoryOf(name))).toBe(false);
  });

  it("that is lost is not made anew in silence", async () => {
    const name = await provisioned();
    await made(name);
    rmSync(directoryOf(name), { recursive: true });
    await run();
    await at.node.untilEvent(
      "web",
      new RegExp(`^FailedMount: MountVolume.SetUp failed for volume "${name}" : path "${directoryOf(name)}" does not exist$`),
    );
  });

  it("is nowhere but among the node's volumes", async () => {
    const victim = join(at.node.dataDir, "victim");
    mkdirSync(victim);
    const name = await bound(
      { local: { path: victim }, nodeAffinity: nodeAffinity(), persistentVolumeReclaimPolicy: "Delete" },
      {
        labels: { "kubernetes.io/hostname": "n1" },
        annotations: { "pv.kubernetes.io/provisioned-by": "wherry.io/local-path" },
        finalizers: ["wherry.io/local-path"],
      },
    );
    await forcedAway(name);
    await unprotect(name);
    await untilVolumesGone();
    expect(existsSync(victim)).toBe(true);
  });
});

describe("a claim's volume", () => {
  const refused = (why: string) =>
    `FailedMount: Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC default/${why}`;
  const untilTold = async (message: string) => {
    await at.node.untilEvent("web", /^FailedMount/);
    expect((await at.client.list(Event)).items.map((e) => `${e.reason}: ${e.message}`)).toContain(message);
  };

  it("is waited for, and the pod starts the moment it is there", async () => {
    await run();
    await untilTold(refused('data: failed to fetch PVC from API server: persistentvolumeclaims "data" not found'));
    await provisioned();
    await at.node.until("web", isRunning);
  });

  it("is waited for when the claim is not bound", async () => {
    await at.client.create(PersistentVolumeClaim, {
      metadata: { name: "data", namespace: "default" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    await run();
    await untilTold(refused("data: PVC is not bound"));
    const pod = await at.node.until("web", (p) => p.status?.containerStatuses !== undefined);
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("ContainerCreating");
  });

  it("is not mounted when it is on another node", async () => {
    const name = await bound({ hostPath: { path: "/tmp" }, nodeAffinity: nodeAffinity("n2") }, {});
    await run();
    await untilTold(`FailedMount: MountVolume.NodeAffinity check failed for volume "${name}" : no matching NodeSelectorTerms`);
  });

  it("may be a directory of an administrator's, which has to be there", async () => {
    const path = join(at.node.dataDir, "disk");
    const name = await bound({ local: { path }, nodeAffinity: nodeAffinity() });
    await run({ persistentVolumeClaim: { claimName: "data", readOnly: true } }, { securityContext: { fsGroup: process.getgid!() } });
    await untilTold(`FailedMount: MountVolume.SetUp failed for volume "${name}" : path "${path}" does not exist`);
    mkdirSync(path);
    await eventually("another try", async () => {
      await at.clock.advance(1000);
      return isRunning(await at.client.get(Pod, { name: "web", namespace: "default" }));
    });
    expect(await mounted()).toMatchObject({ source: path, readOnly: true });
    expect(statSync(path).mode & 0o2770).toBe(0o2770);
  });

  it("may be an NFS export, which is unmounted with the pod", async () => {
    await bound({ nfs: { server: "192.0.2.9", path: "/x", readOnly: true }, mountOptions: ["hard"] });
    await run();
    await at.node.until("web", isRunning);
    const { source, readOnly } = await mounted();
    expect([at.node.mounter.mounts.get(source), readOnly]).toEqual(["nfs 192.0.2.9:/x ro hard", true]);
    await at.client.delete(Pod, { name: "web", namespace: "default" });
    await at.node.untilGone("web");
    await at.node.eventually("the unmount", () => !at.node.mounter.mounts.has(source));
  });

  it("of mode ReadWriteOncePod is one pod's at a time", async () => {
    const name = await bound({ hostPath: { path: "/tmp" }, accessModes: ["ReadWriteOncePod"] });
    await run();
    await at.node.until("web", isRunning);
    await at.node.run("second", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] });
    const why = "volume uses the ReadWriteOncePod access mode and is already in use by another pod";
    await at.node.untilEvent("second", new RegExp(`^FailedMount: MountVolume.SetUp failed for volume "${name}" : ${why}$`));
    await at.client.delete(Pod, { name: "web", namespace: "default" });
    await at.node.until("second", isRunning);
  });

  it("has to be of a type that the node can mount", async () => {
    const name = await bound({ csi: { driver: "disks.example.com", volumeHandle: "x" } });
    await run();
    await untilTold(
      `FailedMount: MountVolume.SetUp failed for volume "${name}" : driver name disks.example.com not found in the list of registered CSI drivers`,
    );
  });
});
