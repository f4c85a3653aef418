import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { PersistentVolume } from "./persistentvolume.ts";
import { PersistentVolumeClaim } from "./persistentvolumeclaim.ts";

const base = { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/data" } };
const volume = (spec: object = {}) => created(PersistentVolume, { spec: { ...base, ...spec } });
const term = { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["n"] }] };
const nodeAffinity = { required: { nodeSelectorTerms: [term] } };

describe("a persistent volume", () => {
  it("gets its defaults", () => {
    expect(volume()).toMatchObject({
      spec: { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem", hostPath: { path: "/data", type: "" } },
      status: { phase: "Pending", lastPhaseTransitionTime: "2026-01-01T00:00:00Z" },
    });
  });

  it.each<[string, object]>([
    ["spec.accessModes: Required value", { accessModes: [] }],
    [
      'spec.accessModes: Unsupported value: "x": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      { accessModes: ["x"] },
    ],
    [
      "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
      { accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] },
    ],
    ["spec.capacity: Required value", { capacity: {} }],
    ['spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"', { capacity: { cpu: "1" } }],
    ['spec.capacity[storage]: Invalid value: "0": must be greater than zero', { capacity: { storage: "0" } }],
    [
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "x": supported values: "Delete", "Recycle", "Retain"',
      { persistentVolumeReclaimPolicy: "x" },
    ],
    ["spec: Required value: must specify a volume type", { hostPath: undefined }],
    ["spec.nfs: Forbidden: may not specify more than 1 volume type", { nfs: { server: "s", path: "/" } }],
    ["spec.nfs.server: Required value", { hostPath: undefined, nfs: { path: "/" } }],
    ["spec.nodeAffinity: Required value: Local volume requires node affinity", { hostPath: undefined, local: { path: "/x" } }],
    [
      "spec.local.path: Invalid value: \"/a/../b\": must not contain '..'",
      { hostPath: undefined, local: { path: "/a/../b" }, nodeAffinity },
    ],
    [
      "spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node selector term",
      { nodeAffinity: { required: { nodeSelectorTerms: [] } } },
    ],
    ["spec.csi.driver: Required value", { hostPath: undefined, csi: { volumeHandle: "h" } }],
    [
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
      { hostPath: { path: "/" }, persistentVolumeReclaimPolicy: "Recycle" },
    ],
    ['spec.volumeMode: Unsupported value: "x": supported values: "Block", "Filesystem"', { volumeMode: "x" }],
  ])("is refused: %s", (message, spec) => expect(findings(PersistentVolume, { spec: { ...base, ...spec } })).toContain(message));

  it("stays where it is, and knows since when its phase is", () => {
    const { errors } = updated(PersistentVolume, volume({ nodeAffinity }), (o) => {
      o.spec.hostPath!.path = "/other";
      o.spec.volumeMode = "Block";
      o.spec.persistentVolumeReclaimPolicy = "Delete";
    });
    expect(errors).toEqual([
      "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation",
      'volumeMode: Invalid value: "Block": field is immutable',
    ]);
    const before = { ...volume(), status: { phase: "Pending", lastPhaseTransitionTime: "2025-01-01T00:00:00Z" } };
    const bound = updated(
      PersistentVolume,
      before,
      (o) => {
        o.status!.phase = "Bound";
      },
      "status",
    );
    expect(bound.object.status).toEqual({ phase: "Bound", lastPhaseTransitionTime: "2026-01-01T00:00:00Z" });
  });

  it("prints what it is and whose", () => {
    const object = volume({
      accessModes: ["ReadWriteMany", "ReadWriteOnce"],
      storageClassName: "fast",
      claimRef: { namespace: "ns", name: "c" },
    });
    expect(cells(PersistentVolume, object)).toEqual({
      Name: "x",
      Capacity: "1Gi",
      "Access Modes": "RWO,RWX",
      "Reclaim Policy": "Retain",
      Status: "Pending",
      Claim: "ns/c",
      StorageClass: "fast",
      VolumeAttributesClass: "<unset>",
      Reason: "",
      Age: "<unknown>",
      VolumeMode: "Filesystem",
    });
  });
});

const claimSpec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const claim = (spec: object = {}) => created(PersistentVolumeClaim, { spec: { ...claimSpec, ...spec } });

describe("a persistent volume claim", () => {
  it("gets its defaults, and one source under two names", () => {
    const dataSource = { kind: "PersistentVolumeClaim", name: "old" };
    expect(claim({ dataSource })).toMatchObject({
      spec: { volumeMode: "Filesystem", dataSource, dataSourceRef: dataSource },
      status: { phase: "Pending" },
    });
    expect(claim({ dataSourceRef: { ...dataSource, namespace: "other" } }).spec.dataSource).toBeUndefined();
  });

  it.each<[string, object]>([
    ["spec.accessModes: Required value: at least 1 access mode is required", { accessModes: [] }],
    ["spec.resources[storage]: Required value", { resources: {} }],
    ['spec.resources[storage]: Invalid value: "0": must be greater than zero', { resources: { requests: { storage: "0" } } }],
    [
      "spec.dataSource: Invalid value: \"Odd\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      { dataSource: { kind: "Odd", name: "n" } },
    ],
    ["spec.dataSource.name: Required value", { dataSource: { kind: "PersistentVolumeClaim", name: "" } }],
  ])("is refused: %s", (message, spec) => expect(findings(PersistentVolumeClaim, { spec: { ...claimSpec, ...spec } })).toContain(message));

  it("is bound once, and grows when it is bound", () => {
    const bind = updated(PersistentVolumeClaim, claim(), (o) => {
      o.spec.volumeName = "pv";
      o.spec.storageClassName = "slow";
    });
    expect(bind.errors).toEqual([]);
    const FIXED =
      "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    const resize = (size: string) => (o: PersistentVolumeClaim) => {
      o.spec.resources = { requests: { storage: size } };
    };
    expect(updated(PersistentVolumeClaim, bind.object, resize("2Gi")).errors).toEqual([FIXED]);
    const bound = { ...bind.object, status: { phase: "Bound" } };
    expect(updated(PersistentVolumeClaim, bound, resize("2Gi")).errors).toEqual([]);
    expect(updated(PersistentVolumeClaim, bound, resize("1Mi")).errors).toEqual([
      "spec.resources.requests.storage: Forbidden: field can not be less than previous value",
    ]);
    const rebind = updated(PersistentVolumeClaim, bound, (o) => {
      o.spec.volumeName = "other";
    });
    expect(rebind.errors).toEqual([FIXED]);
  });

  it("prints its volume once it has one", () => {
    expect(cells(PersistentVolumeClaim, claim())).toMatchObject({ Status: "Pending", Volume: "", Capacity: "", "Access Modes": "" });
    const bound = {
      ...claim({ volumeName: "pv" }),
      status: { phase: "Bound", capacity: { storage: "2Gi" }, accessModes: ["ReadWriteOnce"] },
    };
    expect(cells(PersistentVolumeClaim, bound)).toMatchObject({
      Status: "Bound",
      Volume: "pv",
      Capacity: "2Gi",
      "Access Modes": "RWO",
      VolumeMode: "Filesystem",
    });
  });
});
