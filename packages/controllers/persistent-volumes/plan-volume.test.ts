import type { PersistentVolume } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { claim, promise, volume } from "./fixtures.ts";
import { planVolume } from "./plan-volume.ts";

const of = claim("c");
const byController = { annotations: { "pv.kubernetes.io/bound-by-controller": "yes" } };
const made = { annotations: { "pv.kubernetes.io/provisioned-by": "example.com/disks" } };
const held = (spec: Partial<PersistentVolume["spec"]> = {}, metadata = {}) =>
  volume("v", "1Gi", { claimRef: promise(of), ...spec }, metadata, "Bound");

describe("a volume", () => {
  it.each<[string, PersistentVolume, ReturnType<typeof claim> | undefined, string | undefined]>([
    ["nobody has is Available", volume("v", "1Gi", {}, {}, "Pending"), undefined, "Available"],
    [
      "promised by name is Available",
      volume("v", "1Gi", { claimRef: { name: "c", namespace: "default" } }, {}, "Pending"),
      undefined,
      "Available",
    ],
    ["whose claim has it is Bound", held(), claim("c", { volumeName: "v" }), "Bound"],
    ["whose claim is gone is Released", held(), undefined, "Released"],
    ["that was made and whose claim is gone is Released", held({ persistentVolumeReclaimPolicy: "Delete" }, made), undefined, "Released"],
    ["that nobody can delete has Failed", held({ persistentVolumeReclaimPolicy: "Delete" }), undefined, "Failed"],
    ["that is to be recycled has Failed", held({ persistentVolumeReclaimPolicy: "Recycle" }), undefined, "Failed"],
    ["whose claim is on its way waits", held(), of, undefined],
    ["whose claim took another is Available", held({}, byController), claim("c", { volumeName: "w" }), "Available"],
    [
      "made for a claim that took another is Released",
      held({ persistentVolumeReclaimPolicy: "Delete" }, made),
      claim("c", { volumeName: "w" }),
      "Released",
    ],
  ])("%s", (_, given, its, phase) => expect(planVolume(given, its).volume?.status?.phase).toBe(phase));

  it("forgets a claim that the controller chose, and keeps the promise of an administrator", () => {
    const elsewhere = claim("c", { volumeName: "w" });
    expect(planVolume(held({}, byController), elsewhere).volume).toMatchObject({ metadata: { annotations: {} } });
    expect(planVolume(held({}, byController), elsewhere).volume?.spec.claimRef).toBeUndefined();
    expect(planVolume(held(), elsewhere).volume?.spec.claimRef).toEqual({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      name: "c",
      namespace: "default",
    });
  });

  it.each([
    ["Delete", "VolumeFailedDelete", 'error getting deleter volume plugin for volume "v": no deletable volume plugin matched'],
    ["Recycle", "VolumeFailedRecycle", "the deprecated reclaim policy Recycle is not carried out"],
  ])("says why it cannot be reclaimed by %s, once", (persistentVolumeReclaimPolicy, reason, message) => {
    const plan = planVolume(held({ persistentVolumeReclaimPolicy }), undefined);
    expect(plan.events).toMatchObject([{ about: "volume", type: "Warning", reason, message: expect.stringContaining(message) }]);
    expect(plan.volume?.status?.message).toContain(message);
    expect(planVolume(plan.volume!, undefined)).toEqual({});
  });

  it("of another mode tells both", () => {
    const plan = planVolume(held({ volumeMode: "Block" }), of);
    expect(plan.events?.map((e) => `${e.about} ${e.reason}`)).toEqual(["volume VolumeMismatch", "claim VolumeMismatch"]);
  });
});
