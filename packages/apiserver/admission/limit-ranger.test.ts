import { LimitRange, type LimitRangeItem, PersistentVolumeClaim, Pod } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane();
});
afterEach(() => plane.close());

const at = (name: string) => ({ name, namespace: "default" });
const limit = (...limits: LimitRangeItem[]) => plane.client.create(LimitRange, { metadata: at("bounds"), spec: { limits } });
const create = (resources: object, more: object = {}) =>
  plane.client.create(Pod, { metadata: at("p"), spec: { containers: [{ name: "c", image: "i", resources }], ...more } });

describe("a range of limits", () => {
  it("gives what a container does not say, and says so", async () => {
    await limit({ type: "Container", default: { cpu: "200m", memory: "64Mi" }, defaultRequest: { cpu: "100m" } });
    const pod = await create({ limits: { memory: "32Mi" } });
    expect(pod.spec.containers[0]?.resources).toEqual({
      limits: { cpu: "200m", memory: "32Mi" },
      requests: { cpu: "100m", memory: "32Mi" },
    });
    expect(pod.metadata.annotations).toEqual({
      "kubernetes.io/limit-ranger": "LimitRanger plugin set: cpu request for container c; cpu limit for container c",
    });
  });

  it("leaves alone who says all, and pods that are there already", async () => {
    const pod = await create({});
    await limit({ type: "Container", default: { cpu: "200m" }, max: { cpu: "200m" } });
    const body = { metadata: { labels: { a: "b" } } };
    const changed = await plane.client.patch(Pod, at("p"), { type: "merge", body });
    expect(changed.spec.containers[0]?.resources).toEqual(pod.spec.containers[0]?.resources);
  });

  it.each<[string, LimitRangeItem, object, string]>([
    [
      "too small",
      { type: "Container", min: { cpu: "100m" } },
      { requests: { cpu: "50m" } },
      "minimum cpu usage per Container is 100m, but request is 50m",
    ],
    [
      "too large",
      { type: "Container", max: { memory: "64Mi" } },
      { limits: { memory: "1Gi" } },
      "maximum memory usage per Container is 64Mi, but limit is 1Gi",
    ],
    ["unbounded", { type: "Pod", max: { memory: "64Mi" } }, {}, "maximum memory usage per Pod is 64Mi.  No limit is specified"],
    [
      "too far apart",
      { type: "Container", maxLimitRequestRatio: { cpu: "2" } },
      { requests: { cpu: "100m" }, limits: { cpu: "300m" } },
      "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000",
    ],
  ])("refuses what is %s", async (_, item, resources, why) => {
    await limit(item);
    await expect(create(resources)).rejects.toThrow(`pods "p" is forbidden: ${why}`);
  });

  it("tells of several reasons at once, and takes a pod as a whole", async () => {
    await limit({ type: "Pod", max: { cpu: "1", memory: "1Gi" } });
    const containers = ["a", "b"].map((name) => ({ name, image: "i", resources: { limits: { cpu: "600m", memory: "600Mi" } } }));
    const why = "[maximum cpu usage per Pod is 1, but limit is 1200m, maximum memory usage per Pod is 1Gi, but limit is 1200Mi]";
    await expect(create({}, { containers })).rejects.toThrow(why);
  });

  it("bounds claims", async () => {
    await limit({ type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "2Gi" } });
    const claim = (storage: string) =>
      plane.client.create(PersistentVolumeClaim, {
        metadata: at("c"),
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
      });
    await expect(claim("3Gi")).rejects.toThrow("maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi");
    await expect(claim("1Mi")).rejects.toThrow("minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi");
    expect((await claim("1Gi")).metadata.name).toBe("c");
  });
});
