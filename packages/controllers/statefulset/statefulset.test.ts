import { ControllerRevision, Event, PersistentVolumeClaim, Pod, StatefulSet, type StatefulSetSpec } from "@wherry/api";
import { podTemplate } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { garbageCollector } from "../garbage-collector/index.ts";
import { claimProtection } from "../storage-protection/claims.ts";
import { statefulSetController } from "./index.ts";

const at = { name: "db", namespace: "default" };
const dataClaim = { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };

describe("the controller", () => {
  let plane: ControlPlane;
  let ready: (pod: Pod) => boolean;

  beforeEach(async () => {
    ready = () => true;
    const kubelet = hollowKubelet({ ready: (pod) => ready(pod) });
    const kinds = [StatefulSet, Pod, PersistentVolumeClaim, ControllerRevision];
    plane = await startControlPlane({ controllers: [statefulSetController(), garbageCollector(kinds), claimProtection(), kubelet] });
  });
  afterEach(() => plane.close());

  const create = async (spec: Partial<StatefulSetSpec> = {}) => {
    const template = podTemplate("db");
    const base = { replicas: 3, serviceName: "db", selector: { matchLabels: { app: "db" } }, template };
    await plane.client.create(StatefulSet, { metadata: at, spec: { ...base, ...spec } } as StatefulSet);
    await plane.idle();
  };
  const patch = async (spec: object) => {
    await plane.client.patch(StatefulSet, at, { type: "strategic", body: { spec } });
    await plane.idle();
  };
  const image = (name: string) => ({ template: { spec: { containers: [{ name: "main", image: name }] } } });
  const pods = async () => (await plane.client.list(Pod)).items;
  const images = async () => Object.fromEntries((await pods()).map((pod) => [pod.metadata.name, pod.spec.containers[0]?.image]));
  const claims = async () => (await plane.client.list(PersistentVolumeClaim)).items;
  const messages = async () => (await plane.client.list(Event)).items.map((e) => `${e.reason}: ${e.message}`);
  const status = async () => (await plane.client.get(StatefulSet, at)).status;

  it("makes pods one by one, with their claims, and says so", async () => {
    ready = (pod) => pod.metadata.name !== "db-1";
    await create({ volumeClaimTemplates: [dataClaim] as never });
    expect((await pods()).map((pod) => pod.metadata.name)).toEqual(["db-0", "db-1"]);
    expect((await claims()).map((claim) => claim.metadata.name)).toEqual(["data-db-0", "data-db-1"]);
    expect(await messages()).toEqual(
      expect.arrayContaining([
        "SuccessfulCreate: create Claim data-db-0 Pod db-0 in StatefulSet db success",
        "SuccessfulCreate: create Pod db-0 in StatefulSet db successful",
      ]),
    );
    expect(await status()).toMatchObject({ replicas: 2, readyReplicas: 1, observedGeneration: 1 });
  });

  it("rolls out from the last to the first, keeps its history, and goes back", async () => {
    await create();
    const first = (await status())?.currentRevision;
    await patch(image("app:v2"));
    expect(await images()).toEqual({ "db-0": "app:v2", "db-1": "app:v2", "db-2": "app:v2" });
    const revisions = (await plane.client.list(ControllerRevision)).items;
    expect(revisions.map((r) => r.revision).sort()).toEqual([1, 2]);
    expect((await status())?.currentRevision).not.toBe(first);
    await patch(image("app:v1"));
    expect(await status()).toMatchObject({ currentRevision: first, updateRevision: first, updatedReplicas: 3 });
    expect((await plane.client.list(ControllerRevision)).items.map((r) => r.revision).sort()).toEqual([2, 3]);
  });

  it("stops at the partition, and makes pods below it anew as they were", async () => {
    await create();
    await patch({ ...image("app:v2"), updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } });
    await plane.client.delete(Pod, { name: "db-0", namespace: "default" });
    await plane.idle();
    expect(await images()).toEqual({ "db-0": "app:v1", "db-1": "app:v1", "db-2": "app:v2" });
    expect(await status()).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 });
  });

  it("keeps no more revisions than asked for", async () => {
    await create({ revisionHistoryLimit: 1 });
    for (const name of ["app:v2", "app:v3", "app:v4"]) await patch(image(name));
    expect((await plane.client.list(ControllerRevision)).items.map((r) => r.revision).sort()).toEqual([3, 4]);
  });

  it("finds its claims again", async () => {
    await create({ volumeClaimTemplates: [dataClaim] as never });
    const before = (await claims()).map((claim) => claim.metadata.uid);
    await patch({ replicas: 0 });
    expect(await pods()).toEqual([]);
    await patch({ replicas: 3 });
    expect((await claims()).map((claim) => claim.metadata.uid)).toEqual(before);
    await plane.client.delete(StatefulSet, at);
    await plane.idle();
    expect(await claims()).toHaveLength(3);
    expect(await pods()).toEqual([]);
  });

  it("lets claims go with pods that are scaled away, and with the set, when asked to", async () => {
    const persistentVolumeClaimRetentionPolicy = { whenScaled: "Delete", whenDeleted: "Delete" };
    await create({ volumeClaimTemplates: [dataClaim] as never, persistentVolumeClaimRetentionPolicy });
    await plane.client.delete(Pod, { name: "db-1", namespace: "default" });
    await plane.idle();
    expect(await claims()).toHaveLength(3);
    await patch({ replicas: 1 });
    expect((await claims()).map((claim) => claim.metadata.name)).toEqual(["data-db-0"]);
    await plane.client.delete(StatefulSet, at);
    await plane.idle();
    expect(await claims()).toEqual([]);
  });

  it("takes over pods of its name and labels that nobody has", async () => {
    const template = podTemplate("db");
    await plane.client.create(Pod, { metadata: { ...template.metadata, name: "db-0", namespace: "default" }, spec: template.spec! });
    await create({ replicas: 1, updateStrategy: { type: "OnDelete" } });
    const [adopted] = await pods();
    expect(adopted?.metadata.ownerReferences).toMatchObject([{ kind: "StatefulSet", name: "db" }]);
    expect(adopted?.metadata.labels).toMatchObject({ "statefulset.kubernetes.io/pod-name": "db-0" });
  });
});
