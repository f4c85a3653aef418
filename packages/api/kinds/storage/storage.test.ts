import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { CSIDriver } from "./csidriver.ts";
import { CSINode } from "./csinode.ts";
import { CSIStorageCapacity } from "./csistoragecapacity.ts";
import { StorageClass } from "./storageclass.ts";
import { VolumeAttachment } from "./volumeattachment.ts";

describe("a storage class", () => {
  const base = { provisioner: "example.com/disk" };

  it("gets its defaults, and prints whether it is the default", () => {
    const object = created(StorageClass, { ...base, metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } });
    expect(object).toMatchObject({ reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
    expect(cells(StorageClass, object)).toEqual({
      Name: "x (default)",
      Provisioner: "example.com/disk",
      ReclaimPolicy: "Delete",
      VolumeBindingMode: "Immediate",
      AllowVolumeExpansion: false,
      Age: "<unknown>",
    });
  });

  it.each<[string, object]>([
    ["provisioner: Required value", { provisioner: "" }],
    ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"', { reclaimPolicy: "Recycle" }],
    ['volumeBindingMode: Unsupported value: "x": supported values: "Immediate", "WaitForFirstConsumer"', { volumeBindingMode: "x" }],
    ['parameters: Invalid value: "": field can not be empty.', { parameters: { "": "x" } }],
    [
      "allowedTopologies[0].matchLabelExpressions[0].values: Required value",
      { allowedTopologies: [{ matchLabelExpressions: [{ key: "a", values: [] }] }] },
    ],
  ])("is refused: %s", (message, fields) => expect(findings(StorageClass, { ...base, ...fields })).toContain(message));

  it("stays as it is", () => {
    const { errors } = updated(StorageClass, created(StorageClass, base), (o) => {
      o.provisioner = "other";
      o.parameters = { a: "b" };
      o.reclaimPolicy = "Retain";
      o.volumeBindingMode = "WaitForFirstConsumer";
      o.allowVolumeExpansion = true;
    });
    expect(errors).toEqual([
      "parameters: Forbidden: updates to parameters are forbidden.",
      "provisioner: Forbidden: updates to provisioner are forbidden.",
      "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.",
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ]);
  });
});

describe("a CSI driver", () => {
  it("gets its defaults, and prints them", () => {
    const object = created(CSIDriver, {
      metadata: { name: "d.example.com" },
      spec: { tokenRequests: [{ audience: "a" }, { audience: "b" }] },
    });
    expect(object.spec).toMatchObject({
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: "ReadWriteOnceWithFSType",
      volumeLifecycleModes: ["Persistent"],
    });
    expect(cells(CSIDriver, object)).toMatchObject({ AttachRequired: true, TokenRequests: "a,b", Modes: "Persistent" });
  });

  it.each<[string, object]>([
    ['spec.fsGroupPolicy: Unsupported value: "x": supported values: "File", "None", "ReadWriteOnceWithFSType"', { fsGroupPolicy: "x" }],
    ['spec.volumeLifecycleModes: Unsupported value: "x": supported values: "Ephemeral", "Persistent"', { volumeLifecycleModes: ["x"] }],
    ['spec.tokenRequests[1].audience: Duplicate value: "a"', { tokenRequests: [{ audience: "a" }, { audience: "a" }] }],
    [
      "spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes",
      { tokenRequests: [{ audience: "a", expirationSeconds: 1 }] },
    ],
  ])("is refused: %s", (message, spec) => expect(findings(CSIDriver, { spec })).toContain(message));

  it("keeps what nodes rely on", () => {
    const { errors } = updated(CSIDriver, created(CSIDriver, { spec: {} }), (o) => {
      o.spec.attachRequired = false;
      o.spec.podInfoOnMount = true;
    });
    expect(errors).toEqual(["spec.attachedRequired: Invalid value: false: field is immutable"]);
  });
});

describe("a CSI node", () => {
  const drivers = [{ name: "d.example.com", nodeID: "n1", topologyKeys: ["example.com/zone"], allocatable: { count: 3 } }];

  it("lists its drivers", () => {
    expect(findings(CSINode, { spec: { drivers } })).toEqual([]);
    expect(cells(CSINode, created(CSINode, { spec: { drivers } }))).toMatchObject({ Drivers: 1 });
    const bad = [
      { name: "d", nodeID: "", topologyKeys: ["a", "a"] },
      { name: "d", nodeID: "y".repeat(193), topologyKeys: null, allocatable: { count: -1 } },
    ];
    expect(findings(CSINode, { spec: { drivers: bad } })).toEqual([
      "spec.drivers[0].nodeID: Required value",
      'spec.drivers[0].topologyKeys: Duplicate value: "a"',
      `spec.drivers[1].nodeID: Invalid value: "${"y".repeat(193)}": must be 192 characters or less`,
      "spec.drivers[1].allocatable.count: Invalid value: -1: must be greater than or equal to 0",
      'spec.drivers[1].name: Duplicate value: "d"',
    ]);
  });

  it("changes no driver that stays", () => {
    const before = created(CSINode, { spec: { drivers } });
    expect(
      updated(CSINode, before, (o) => {
        o.spec.drivers[0]!.nodeID = "n2";
      }).errors[0],
    ).toContain("CSINodeDriver: Invalid value: ");
    expect(
      updated(CSINode, before, (o) => {
        o.spec.drivers = [];
      }).errors,
    ).toEqual([]);
  });
});

it("a storage capacity is of one class and one place", () => {
  const object = created(CSIStorageCapacity, {
    storageClassName: "fast",
    capacity: "1024Mi",
    nodeTopology: { matchLabels: { zone: "a" } },
  });
  expect(cells(CSIStorageCapacity, object)).toEqual({ Name: "x", StorageClassName: "fast", Capacity: "1Gi" });
  expect(findings(CSIStorageCapacity, { storageClassName: "fast", capacity: "-1" })).toEqual([
    'capacity: Invalid value: "-1": must be greater than or equal to 0',
  ]);
  expect(
    updated(CSIStorageCapacity, object, (o) => {
      o.storageClassName = "slow";
    }).errors,
  ).toEqual(['storageClassName: Invalid value: "slow": field is immutable']);
});

describe("a volume attachment", () => {
  const spec = { attacher: "d.example.com", nodeName: "n1", source: { persistentVolumeName: "pv" } };

  it("joins a volume and a node", () => {
    const object = created(VolumeAttachment, { spec });
    expect(object.status).toEqual({ attached: false });
    expect(cells(VolumeAttachment, object)).toMatchObject({ Attacher: "d.example.com", PV: "pv", Node: "n1", Attached: false });
  });

  it.each<[string, object]>([
    ["spec.attacher: Required value", { attacher: "" }],
    ["spec.nodeName: Required value", { nodeName: "" }],
    ["spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName", { source: {} }],
    [
      "spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName",
      { source: { persistentVolumeName: "" } },
    ],
    [
      "spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
      { source: { persistentVolumeName: "pv", inlineVolumeSpec: {} } },
    ],
  ])("is refused: %s", (message, fields) => expect(findings(VolumeAttachment, { spec: { ...spec, ...fields } })).toContain(message));

  it("is made anew, not changed", () => {
    const { errors } = updated(VolumeAttachment, created(VolumeAttachment, { spec }), (o) => {
      o.spec.nodeName = "n2";
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^spec: Invalid value: .*: field is immutable$/);
  });
});
