import type { Deployment, ReplicaSet } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { deployment, EPOCH, replicaSet, template } from "../fixtures.ts";
import { sameTemplate } from "../pods/same-template.ts";
import { templateHash } from "../pods/template-hash.ts";
import { boundsOf } from "./fenceposts.ts";
import { type DeploymentPlan, planDeployment } from "./plan.ts";

interface Given {
  replicas?: number;
  ready?: number;
  available?: number;
  image?: string;
  /** `spec.replicas` of the Deployment when it was last scaled. */
  desired?: number;
  max?: number;
  revision?: number;
  age?: number;
}

let age = 0;

/** A ReplicaSet that has all the pods it asks for. */
function rs(name: string, { replicas = 0, available = replicas, image = "app:v1", desired = 3, max = 4, revision = 1 }: Given): ReplicaSet {
  const annotations = {
    "deployment.kubernetes.io/revision": String(revision),
    "deployment.kubernetes.io/desired-replicas": String(desired),
    "deployment.kubernetes.io/max-replicas": String(max),
  };
  const status = { replicas, readyReplicas: available, availableReplicas: available, observedGeneration: 1 };
  const creationTimestamp = new Date(EPOCH + ++age * 1000).toISOString();
  const made = replicaSet(name, replicas, { status }, { annotations, creationTimestamp });
  return { ...made, spec: { ...made.spec, template: template(image) } };
}

const plan = (d: Deployment, replicaSets: ReplicaSet[], running: Record<string, number> = {}): DeploymentPlan =>
  planDeployment({ deployment: d, replicaSets, runningPods: (uid) => running[uid] ?? 0 }, EPOCH);
const sizes = (p: DeploymentPlan) => Object.fromEntries(p.update.map((u) => [u.replicaSet.metadata.name, u.replicaSet.spec.replicas]));
const condition = (p: DeploymentPlan, type: string) => p.status?.conditions?.find((c) => c.type === type);
const rolling = (replicas: number, maxSurge: number | string, maxUnavailable: number | string, image = "app:v2") =>
  deployment("web", {
    replicas,
    template: template(image),
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
  });

describe("limits of a rollout", () => {
  it.each([
    [10, "25%", "25%", 3, 2],
    [3, "25%", "25%", 1, 0],
    [1, "25%", "25%", 1, 0],
    [4, 0, 0, 0, 1],
    [4, "0%", "1%", 0, 1],
    [2, 1, 5, 1, 2],
    [0, "25%", "25%", 0, 0],
    [100, "7%", "7%", 7, 7],
  ])("of %i with surge %s and unavailable %s are %i and %i", (replicas, surge, unavailable, maxSurge, maxUnavailable) => {
    expect(boundsOf(rolling(replicas, surge, unavailable))).toEqual({ desired: replicas, maxSurge, maxUnavailable });
  });

  it("are none for Recreate", () => {
    expect(boundsOf(deployment("web", { strategy: { type: "Recreate" } }))).toEqual({ desired: 3, maxSurge: 0, maxUnavailable: 0 });
  });
});

describe("two templates", () => {
  const labelled = (labels: Record<string, string>, spec = {}) => ({ metadata: { labels }, spec: { ...template("app:v1").spec, ...spec } });
  it.each<[string, object, boolean]>([
    ["the hash label", { a: labelled({ app: "web" }), b: labelled({ app: "web", "pod-template-hash": "x" }) }, true],
    [
      "a default",
      { a: labelled({ app: "web" }), b: labelled({ app: "web" }, { dnsPolicy: "ClusterFirst", restartPolicy: "Always" }) },
      true,
    ],
    ["a label", { a: labelled({ app: "web" }), b: labelled({ app: "web", v: "2" }) }, false],
    ["an empty list of labels", { a: { metadata: { labels: {} }, spec: template("x").spec }, b: { spec: template("x").spec } }, true],
    ["a field", { a: labelled({}), b: labelled({}, { hostNetwork: true }) }, false],
  ])("that differ in %s", (_, pair, same) => {
    const { a, b } = pair as { a: Deployment["spec"]["template"]; b: Deployment["spec"]["template"] };
    expect([sameTemplate(a, b), sameTemplate(b, a)]).toEqual([same, same]);
  });
});

describe("the template's hash", () => {
  it("does not depend on the order of fields, but on collisions", () => {
    const t = template("app:v1");
    const turned = { spec: t.spec, metadata: t.metadata };
    expect(templateHash(turned)).toBe(templateHash(t));
    expect(templateHash(t, 1)).not.toBe(templateHash(t));
    expect(templateHash(template("app:v2"))).not.toBe(templateHash(t));
    expect(templateHash(t)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  });
});

describe("a rolling update", () => {
  it("begins with a new ReplicaSet within the surge", () => {
    const status = { replicas: 10, updatedReplicas: 10, readyReplicas: 10, availableReplicas: 10 };
    const p = plan({ ...rolling(10, 3, 2), status }, [rs("old", { replicas: 10, desired: 10, max: 13 })]);
    expect(p.create?.spec.replicas).toBe(3);
    expect(p.create?.metadata.annotations).toEqual({
      "deployment.kubernetes.io/revision": "2",
      "deployment.kubernetes.io/desired-replicas": "10",
      "deployment.kubernetes.io/max-replicas": "13",
    });
    expect(p.revision).toBe("2");
    expect(sizes(p)).toEqual({ old: 8 });
    expect(condition(p, "Progressing")).toMatchObject({ status: "True", reason: "NewReplicaSetCreated" });
  });

  it.each<[string, Deployment, Given, Given, Record<string, number>]>([
    ["grows as old pods go", rolling(10, 3, 2), { replicas: 8 }, { replicas: 3, available: 0 }, { new: 5 }],
    ["shrinks the old by what is available", rolling(10, 3, 2), { replicas: 8 }, { replicas: 5, available: 2 }, { old: 6 }],
    ["takes unhealthy old pods first", rolling(10, 3, 2), { replicas: 8, available: 5 }, { replicas: 5, available: 3 }, { old: 5 }],
    ["waits when nothing may go", rolling(10, 3, 2), { replicas: 8 }, { replicas: 5, available: 0 }, {}],
    ["does not shrink on a saturated rollout without need", rolling(4, 1, 0), { replicas: 4 }, { replicas: 1, available: 0 }, {}],
    ["ends with the old at 0", rolling(3, 1, 0), { replicas: 1 }, { replicas: 3 }, { old: 0 }],
    ["shrinks a new one that is too large", rolling(3, 1, 0), { replicas: 0 }, { replicas: 5 }, { new: 3 }],
  ])("%s", (_, d, old, newest, expected) => {
    const desired = { desired: d.spec.replicas ?? 0 };
    const p = plan(d, [rs("old", { ...old, ...desired }), rs("new", { ...newest, ...desired, image: "app:v2", revision: 2 })]);
    expect(sizes(p)).toEqual(expected);
  });

  it("takes nothing away while a status is behind", () => {
    const old = rs("old", { replicas: 8, desired: 10 });
    old.metadata.generation = 2;
    const newest = rs("new", { replicas: 5, available: 5, desired: 10, image: "app:v2", revision: 2 });
    expect(sizes(plan(rolling(10, 3, 2), [old, newest]))).toEqual({});
  });
});

describe("Recreate", () => {
  const d = deployment("web", { replicas: 2, template: template("app:v2"), strategy: { type: "Recreate" } });
  it("first asks for no old pods", () => {
    const p = plan(d, [rs("old", { replicas: 2, desired: 2 })]);
    expect([sizes(p), p.create]).toEqual([{ old: 0 }, undefined]);
  });
  it("waits for the last of them, also a terminating one", () => {
    const old = rs("old", { replicas: 0, desired: 2 });
    expect(plan(d, [old], { [old.metadata.uid]: 1 }).create).toBeUndefined();
    expect(plan(d, [old]).create?.spec.replicas).toBe(2);
  });
});

describe("a change of spec.replicas", () => {
  const step = { desired: 10, max: 13 };
  it.each<[string, number, [number, number], Record<string, number>]>([
    ["grows in proportion, the rest to the largest", 15, [8, 5], { old: 11, new: 7 }],
    ["shrinks in proportion", 5, [8, 5], { old: 5, new: 3 }],
    ["goes to 0 everywhere", 0, [8, 5], { old: 0, new: 0 }],
    ["goes to a lone active ReplicaSet", 20, [0, 10], { new: 20 }],
  ])("%s", (_, replicas, [old, newest], expected) => {
    const d = rolling(replicas, 3, 2);
    const p = plan(d, [
      rs("old", { replicas: old, ...step }),
      rs("new", { replicas: newest, available: 0, ...step, image: "app:v2", revision: 2 }),
    ]);
    expect(sizes(p)).toMatchObject(expected);
    const marks = p.update.map((u) => u.replicaSet.metadata.annotations?.["deployment.kubernetes.io/desired-replicas"]);
    expect(new Set(marks)).toEqual(new Set([String(replicas)]));
  });
});

describe("conditions", () => {
  const settled = (over: Given = {}) => rs("new", { replicas: 3, ...over });
  it("say that a rollout is complete, under the ReplicaSet's name", () => {
    const p = plan(deployment("web"), [settled()]);
    expect(condition(p, "Progressing")?.message).toBe('ReplicaSet "new" has successfully progressed.');
    expect(condition(p, "Available")?.message).toBe("Deployment has minimum availability.");
    expect(p.status).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3, observedGeneration: 1 });
  });
  it("leave a status that is right alone", () => {
    const d = deployment("web", {}, { annotations: { "deployment.kubernetes.io/revision": "1" } });
    const first = plan(d, [settled()]);
    const again = plan({ ...d, ...(first.status && { status: first.status }) }, [settled()]);
    expect(again).toMatchObject({ update: [], delete: [] });
    expect(again.status).toBeUndefined();
  });
  it("pass on why pods can not be made", () => {
    const failing = settled({ available: 0 });
    const failure = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "quota" };
    const p = plan(deployment("web"), [{ ...failing, status: { replicas: 0, conditions: [failure] } }]);
    expect(condition(p, "ReplicaFailure")).toMatchObject({ status: "True", reason: "FailedCreate", message: "quota" });
  });
  it("have no progress without a deadline", () => {
    const p = plan(deployment("web", { progressDeadlineSeconds: 2 ** 31 - 1 }), [settled()]);
    expect(p.status?.conditions?.map((c) => c.type)).toEqual(["Available"]);
    expect(p.requeueAfterMs).toBeUndefined();
  });
  it("ask to look again when the deadline is over", () => {
    expect(plan(deployment("web", { progressDeadlineSeconds: 60 }), [settled({ available: 1 })]).requeueAfterMs).toBe(61_000);
  });
});

describe("history", () => {
  it("drops the lowest revisions beyond the limit, sparing those with pods", () => {
    const d = deployment("web", { replicas: 1, revisionHistoryLimit: 1 });
    const status = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 };
    const old = [3, 1, 2].map((revision) => rs(`r${revision}`, { replicas: 0, image: `app:r${revision}`, revision, desired: 1 }));
    const p = plan({ ...d, status }, [...old, rs("new", { replicas: 1, revision: 4, desired: 1 })]);
    expect(p.delete.map((r) => r.metadata.name)).toEqual(["r1", "r2"]);
  });
});

it("does nothing for a Deployment that is being deleted, but count", () => {
  const d = deployment("web", { replicas: 5 }, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  const p = plan(d, [rs("new", { replicas: 3 })]);
  expect(p).toMatchObject({ update: [], delete: [], status: { replicas: 3, availableReplicas: 3 } });
  expect(p.create).toBeUndefined();
});
