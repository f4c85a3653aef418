import type { Pod, StatefulSet, StatefulSetSpec } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { EPOCH, meta, pod, template } from "../fixtures.ts";
import { claimsFor, missingLabels, ordinalOf, podFor } from "./identity.ts";
import { planStatefulSet } from "./plan.ts";
import type { StatefulSnapshot } from "./snapshot.ts";
import { statefulSetStatus } from "./status.ts";

const NOW = EPOCH + 60_000;

function statefulSet(spec: Partial<StatefulSetSpec> = {}): StatefulSet {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: meta("db"),
    spec: {
      replicas: 3,
      serviceName: "db",
      selector: { matchLabels: { app: "web" } },
      template: template("app:v2"),
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      podManagementPolicy: "OrderedReady",
      ...spec,
    },
  };
}

/** `0 old dying`: the ordinal, `old` or `new`, and how it is: `ill`, `dying`, `Failed`, `Succeeded`; else it is well. */
function replica(text: string): Pod {
  const [ordinal, revision] = text.split(" ");
  const phase = ["Failed", "Succeeded"].find((p) => text.includes(p));
  return pod(`db-${ordinal}`, {
    metadata: {
      labels: { app: "web", "controller-revision-hash": `db-${revision}` },
      ...(text.includes("dying") && { deletionTimestamp: "2026-01-01T00:00:30Z" }),
    },
    ...(!phase && !text.includes("ill") && { readySince: EPOCH }),
    ...(phase && { status: { phase } }),
  });
}

const snapshotOf = (spec: Partial<StatefulSetSpec>, pods: string[], current = "old"): StatefulSnapshot => ({
  set: statefulSet(spec),
  pods: pods.map(replica),
  current: `db-${current}`,
  update: "db-new",
  now: NOW,
});

const textOf = (spec: Partial<StatefulSetSpec>, pods: string[], current?: string) =>
  planStatefulSet(snapshotOf(spec, pods, current)).map((action) =>
    action.do === "create" ? `create ${action.ordinal} ${action.revision.slice(3)}` : `delete ${action.ordinal} ${action.why}`,
  );

const parallel: Partial<StatefulSetSpec> = { podManagementPolicy: "Parallel" };
const rolling = (rollingUpdate: object): Partial<StatefulSetSpec> => ({ updateStrategy: { type: "RollingUpdate", rollingUpdate } });
const NEW = ["0 new", "1 new", "2 new"];
const OLD = ["0 old", "1 old", "2 old"];

describe("planStatefulSet", () => {
  it.each<[string, Partial<StatefulSetSpec>, string[], string[]]>([
    ["one after the other", {}, [], ["create 0 new"]],
    ["the next when the one before is well", {}, ["0 new"], ["create 1 new"]],
    ["not while the one before is ill", {}, ["0 new ill"], []],
    ["not while one before is on its way out", {}, ["0 new dying", "1 new"], []],
    ["all at once", parallel, [], ["create 0 new", "create 1 new", "create 2 new"]],
    ["all at once, but for one on its way out", parallel, ["1 new dying"], ["create 0 new", "create 2 new"]],
    ["never for one that is on its way out", {}, ["0 new", "1 new dying", "2 new"], []],
    ["from its first ordinal on", { ordinals: { start: 5 }, replicas: 2 }, ["5 new"], ["create 6 new"]],
    ["below its first ordinal nobody stays", { ordinals: { start: 1 }, replicas: 1 }, ["0 new", "1 new"], ["delete 0 condemned"]],
    ["one that failed is made anew", {}, ["0 new Failed", "1 new"], ["delete 0 ended"]],
    ["one that ended is made anew", parallel, ["0 new Succeeded", "1 new", "2 new"], ["delete 0 ended"]],
    ["the highest goes first", { replicas: 1 }, NEW, ["delete 2 condemned"]],
    ["and the next when that is gone", { replicas: 1 }, ["0 new", "1 new", "2 new dying"], []],
    ["none goes while a lower one is ill", { replicas: 1 }, ["0 new ill", "1 new", "2 new"], []],
    ["one that is ill holds up only others", { replicas: 1 }, ["0 new", "1 new", "2 new ill"], ["delete 2 condemned"]],
    ["all go at once", { ...parallel, replicas: 1 }, NEW, ["delete 2 condemned", "delete 1 condemned"]],
    ["a rollout begins at the end", {}, OLD, ["delete 2 outdated"]],
    ["and waits until that one is well", {}, ["0 old", "1 old", "2 new ill"], []],
    ["and goes on", {}, ["0 old", "1 old", "2 new"], ["delete 1 outdated"]],
    ["its pods are made of the new revision", {}, ["0 old", "1 old"], ["create 2 new"]],
    ["also those that it has not reached", {}, ["1 old", "2 new"], ["create 0 new"]],
    ["down to the partition", rolling({ partition: 2 }), ["0 old", "1 old", "2 new"], []],
    ["below the partition pods are made of the old revision", rolling({ partition: 2 }), ["0 old", "2 new"], ["create 1 old"]],
    ["above it of the new one", rolling({ partition: 1 }), ["0 old", "2 new"], ["create 1 new"]],
    ["several at once", rolling({ partition: 0, maxUnavailable: 2 }), OLD, ["delete 2 outdated", "delete 1 outdated"]],
    ["several at once, counting who is ill", rolling({ maxUnavailable: 2 }), ["0 old", "1 old", "2 new ill"], []],
    ["by percent", { ...parallel, ...rolling({ maxUnavailable: "67%" }) }, OLD, ["delete 2 outdated", "delete 1 outdated"]],
    ["OnDelete leaves them", { updateStrategy: { type: "OnDelete" } }, OLD, []],
    ["OnDelete makes new ones of the new revision", { updateStrategy: { type: "OnDelete" } }, ["0 old"], ["create 1 new"]],
    ["a pod of another set's is none of ours", { replicas: 1 }, ["0 new", "01 new"], []],
  ])("%s", (_, spec, pods, expected) => {
    expect(textOf(spec, pods, pods.some((p) => p.includes("old")) ? "old" : "new")).toEqual(expected);
  });

  it("waits for minReadySeconds", () => {
    expect(textOf({ minReadySeconds: 60 }, ["0 new"], "new")).toEqual(["create 1 new"]);
    expect(textOf({ minReadySeconds: 61 }, ["0 new"], "new")).toEqual([]);
  });

  it("does nothing for one that is being deleted", () => {
    const snapshot = snapshotOf({}, []);
    snapshot.set.metadata.deletionTimestamp = "2026-01-01T00:00:30Z";
    expect(planStatefulSet(snapshot)).toEqual([]);
  });
});

describe("the status", () => {
  it.each<[string, Partial<StatefulSetSpec>, string[], object]>([
    [
      "in a rollout",
      {},
      ["0 old", "1 old dying", "2 new ill"],
      { replicas: 3, readyReplicas: 2, currentReplicas: 1, updatedReplicas: 1, currentRevision: "db-old" },
    ],
    ["after it", {}, NEW, { replicas: 3, availableReplicas: 3, currentReplicas: 3, updatedReplicas: 3, currentRevision: "db-new" }],
    [
      "up to the partition",
      rolling({ partition: 2 }),
      ["0 old", "1 old", "2 new"],
      { currentReplicas: 2, updatedReplicas: 1, currentRevision: "db-old" },
    ],
    ["with OnDelete there is no end", { updateStrategy: { type: "OnDelete" } }, NEW, { updatedReplicas: 3, currentRevision: "db-old" }],
    ["not yet available", { minReadySeconds: 61 }, ["0 new"], { readyReplicas: 1, availableReplicas: 0 }],
  ])("%s", (_, spec, pods, expected) => {
    expect(statefulSetStatus(snapshotOf(spec, pods), 0)).toMatchObject({ updateRevision: "db-new", observedGeneration: 1, ...expected });
  });
});

describe("an identity", () => {
  const volumeClaimTemplates = [
    { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: meta("data"), spec: { accessModes: ["ReadWriteOnce"] } },
  ];

  it("is a name, a host name, labels and claims", () => {
    const set = statefulSet({ volumeClaimTemplates });
    set.spec.template.spec!.volumes = [
      { name: "data", emptyDir: {} },
      { name: "tmp", emptyDir: {} },
    ];
    const made = podFor(set, 1, set.spec.template, "db-new");
    expect(made.metadata).toMatchObject({
      name: "db-1",
      labels: {
        ...{ app: "web", "controller-revision-hash": "db-new" },
        ...{ "statefulset.kubernetes.io/pod-name": "db-1", "apps.kubernetes.io/pod-index": "1" },
      },
    });
    expect(made.metadata.generateName).toBeUndefined();
    expect(made.spec).toMatchObject({ hostname: "db-1", subdomain: "db" });
    expect(made.spec.volumes).toEqual([
      { name: "data", persistentVolumeClaim: { claimName: "data-db-1" } },
      { name: "tmp", emptyDir: {} },
    ]);
    expect(claimsFor(set, 1)).toMatchObject([
      { metadata: { name: "data-db-1", namespace: "default", labels: { app: "web" } }, spec: { accessModes: ["ReadWriteOnce"] } },
    ]);
    expect(missingLabels(set, 1, made as Pod)).toBeUndefined();
    expect(missingLabels(set, 1, replica("1 new"))).toEqual({
      "statefulset.kubernetes.io/pod-name": "db-1",
      "apps.kubernetes.io/pod-index": "1",
    });
  });

  it.each([
    ["db-0", 0],
    ["db-12", 12],
    ["db-012", undefined],
    ["db-", undefined],
    ["db-x", undefined],
    ["other-1", undefined],
    ["db-1-1", undefined],
  ])("has its ordinal in its name: %s", (name, ordinal) => {
    expect(ordinalOf(statefulSet(), pod(name))).toBe(ordinal);
  });
});
