import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { StatefulSet } from "./statefulset.ts";

const template = { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "c", image: "bb:1" }] } };
const claim = { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } } };
const base = { selector: { matchLabels: { app: "db" } }, serviceName: "db", template, volumeClaimTemplates: [claim] };
const set = (spec: object = {}) => created(StatefulSet, { spec: { ...base, ...spec } });
const refused = (spec: object) => findings(StatefulSet, { spec: { ...base, ...spec } });

describe("a stateful set", () => {
  it("gets its defaults, and so do its claims", () => {
    const { spec, status } = set();
    expect(spec).toMatchObject({
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      replicas: 1,
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    });
    expect(spec.volumeClaimTemplates).toEqual([
      {
        kind: "PersistentVolumeClaim",
        apiVersion: "v1",
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, volumeMode: "Filesystem" },
        status: { phase: "Pending" },
      },
    ]);
    expect(status).toEqual({ replicas: 0, availableReplicas: 0 });
    expect(set({ updateStrategy: { type: "OnDelete" } }).spec.updateStrategy).toEqual({ type: "OnDelete" });
  });

  it.each<[string, object]>([
    ["spec.podManagementPolicy: Invalid value: \"Some\": must be 'OrderedReady' or 'Parallel'", { podManagementPolicy: "Some" }],
    ["spec.updateStrategy: Invalid value: {\"type\":\"x\"}: must be 'RollingUpdate' or 'OnDelete'", { updateStrategy: { type: "x" } }],
    [
      "spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy 'RollingUpdate'",
      { updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } },
    ],
    [
      "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
      { updateStrategy: { rollingUpdate: { partition: -1 } } },
    ],
    [
      "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0",
      { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
    ],
    [
      'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "x": supported values: "Delete", "Retain"',
      { persistentVolumeClaimRetentionPolicy: { whenScaled: "x" } },
    ],
    ["spec.replicas: Invalid value: -1: must be greater than or equal to 0", { replicas: -1 }],
    ["spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0", { ordinals: { start: -1 } }],
    ["spec.selector: Required value", { selector: undefined }],
    ["spec.selector: Invalid value: {}: empty selector is invalid for statefulset", { selector: {} }],
    [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      { template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } },
    ],
  ])("is refused: %s", (message, spec) => expect(refused(spec)).toContain(message));

  it("changes in a few fields only", () => {
    const may = updated(StatefulSet, set(), (o) => {
      o.spec.replicas = 3;
      o.spec.minReadySeconds = 1;
      o.spec.ordinals = { start: 1 };
    });
    expect(may.errors).toEqual([]);
    const mayNot = updated(StatefulSet, set(), (o) => {
      o.spec.serviceName = "other";
    });
    expect(mayNot.errors).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  it("prints what is ready", () => {
    const object = { ...set({ replicas: 3 }), status: { replicas: 3, readyReplicas: 2 } };
    expect(cells(StatefulSet, object)).toEqual({ Name: "x", Ready: "2/3", Age: "<unknown>", Containers: "c", Images: "bb:1" });
  });

  it("warns of what its claims ask for in vain", () => {
    const object = set({ volumeClaimTemplates: [{ ...claim, spec: { ...claim.spec, volumeAttributesClassName: "fast" } }] });
    expect(StatefulSet.warnings?.(object)).toEqual([
      "spec.volumeClaimTemplates[0].spec.volumeAttributesClassName: accepted, but has no effect in this version",
    ]);
  });
});
