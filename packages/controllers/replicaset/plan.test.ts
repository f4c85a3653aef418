import type { Pod } from "@wherry/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EPOCH, type PodFixture, pod, replicaSet } from "../fixtures.ts";
import { podFromTemplate } from "../pods/from-template.ts";
import { slowStart } from "../pods/slow-start.ts";
import { nextAvailable } from "../pods/state.ts";
import { BURST_REPLICAS, planReplicaSet } from "./plan.ts";
import { podsToDelete } from "./ranking.ts";
import { replicaSetStatus } from "./status.ts";

const NOW = EPOCH + 3_600_000;
const at = (secondsAgo: number) => NOW - secondsAgo * 1000;
const created = (secondsAgo: number) => ({ creationTimestamp: new Date(at(secondsAgo)).toISOString() });
const cost = (value: string) => ({ metadata: { annotations: { "controller.kubernetes.io/pod-deletion-cost": value } } });
const on = (nodeName: string) => ({ spec: { nodeName } });
const restarts = (restartCount: number) => ({
  containerStatuses: [{ name: "main", restartCount, ready: true, image: "app:v1", imageID: "" }],
});
const first = (pods: Pod[], count = 1, related = pods, minReadySeconds = 0) =>
  podsToDelete(pods, count, { related, minReadySeconds, now: NOW }).map((p) => p.metadata.name);

describe("which pod goes first", () => {
  it.each<[string, PodFixture, PodFixture]>([
    ["unassigned", {}, on("n1")],
    ["pending", { ...on("n1"), status: { phase: "Pending" } }, { ...on("n1"), status: { phase: "Running" } }],
    ["unknown", { ...on("n1"), status: { phase: "Unknown" } }, { ...on("n1"), status: { phase: "Running" } }],
    ["not ready", { ...on("n1"), status: { phase: "Running" } }, { ...on("n1"), readySince: at(60) }],
    ["cheaper", { ...on("n1"), readySince: at(60), ...cost("-5") }, { ...on("n1"), readySince: at(600), ...cost("3") }],
    ["ready for a shorter time", { ...on("n1"), readySince: at(10) }, { ...on("n1"), readySince: at(100) }],
    [
      "more restarts",
      { ...on("n1"), status: { phase: "Running", ...restarts(4) } },
      { ...on("n1"), status: { phase: "Running", ...restarts(1) } },
    ],
    ["younger", { ...on("n1"), metadata: created(10) }, { ...on("n1"), metadata: created(100) }],
  ])("%s", (_, goes, stays) => {
    expect(first([pod("stays", stays), pod("goes", goes)])).toEqual(["goes"]);
  });

  it("the one on a node with more of its kind, also of other ReplicaSets", () => {
    const ready = (name: string, nodeName: string) => pod(name, { ...on(nodeName), readySince: at(60) });
    const mine = [ready("a", "n1"), ready("b", "n2")];
    expect(first(mine, 1, [...mine, ready("other", "n2")])).toEqual(["b"]);
  });

  it("one that is not available yet, among the ready ones", () => {
    const pods = [pod("available", { ...on("n1"), readySince: at(12), ...cost("-9") }), pod("fresh", { ...on("n1"), readySince: at(9) })];
    expect(first(pods, 1, pods, 10)).toEqual(["fresh"]);
  });

  it("is the same whatever order the pods come in", () => {
    const fixture = fc.record({
      readySince: fc.option(fc.integer({ min: 0, max: 5000 }).map(at), { nil: undefined }),
      node: fc.constantFrom(undefined, "n1", "n2"),
      age: fc.nat(5000),
      restart: fc.nat(3),
      cost: fc.constantFrom("0", "1", "-1", "x"),
    });
    const build = (f: Parameters<Parameters<typeof fixture.map>[0]>[0], i: number) =>
      pod(`p${i}`, {
        metadata: { uid: `uid-${i}`, ...cost(f.cost).metadata, ...created(f.age) },
        spec: f.node ? { nodeName: f.node } : {},
        status: restarts(f.restart),
        ...(f.readySince !== undefined && { readySince: f.readySince }),
      });
    fc.assert(
      fc.property(fc.array(fixture, { maxLength: 12 }), fc.nat(12), fc.nat(), (fixtures, count, turn) => {
        const pods = fixtures.map(build);
        const turned = [...pods.slice(turn % (pods.length + 1)), ...pods.slice(0, turn % (pods.length + 1))];
        expect(new Set(first(turned, count))).toEqual(new Set(first(pods, count)));
      }),
    );
  });
});

describe("a plan", () => {
  const plan = (replicas: number, pods: Pod[], deletionTimestamp?: string) => {
    const rs = replicaSet("web", replicas, {}, deletionTimestamp ? { deletionTimestamp } : {});
    const { create, delete: gone } = planReplicaSet({ rs, pods, related: () => pods }, NOW);
    return [create, gone.length];
  };
  const pods = (n: number) => Array.from({ length: n }, (_, i) => pod(`p${i}`));
  it.each([
    ["creates what is missing", 3, 1, [2, 0]],
    ["deletes what is too much", 1, 4, [0, 3]],
    ["leaves what is right", 2, 2, [0, 0]],
    ["goes in bursts up", 10_000, 0, [BURST_REPLICAS, 0]],
    ["goes in bursts down", 0, 700, [0, BURST_REPLICAS]],
  ])("%s", (_, replicas, existing, expected) => expect(plan(replicas, pods(existing))).toEqual(expected));

  it("leaves all to the garbage collector once it is being deleted", () => {
    expect(plan(3, pods(1), "2026-01-01T00:00:00Z")).toEqual([0, 0]);
  });

  it("makes pods that it owns, from the template", () => {
    const rs = replicaSet("web", 1);
    expect(podFromTemplate(rs, rs.spec.template)).toEqual({
      metadata: {
        generateName: "web-",
        namespace: "default",
        labels: { app: "web" },
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: rs.metadata.uid, controller: true, blockOwnerDeletion: true },
        ],
      },
      spec: { containers: [{ name: "main", image: "app:v1" }] },
    });
  });
});

describe("a status", () => {
  const rs = { ...replicaSet("web", 3), spec: { ...replicaSet("web", 3).spec, minReadySeconds: 10 } };
  const pods = [pod("a", { readySince: at(60), metadata: { labels: { app: "web" } } }), pod("b", { readySince: at(4) }), pod("c")];
  it("counts", () => {
    const counts = { replicas: 3, fullyLabeledReplicas: 1, readyReplicas: 2, availableReplicas: 1, observedGeneration: 1 };
    expect(replicaSetStatus(rs, pods, undefined, NOW)).toEqual(counts);
    expect(nextAvailable(pods, 10, NOW)).toBe(6000);
  });
  it("keeps a failure until an attempt succeeds", () => {
    const failure = { reason: "FailedCreate", message: "quota" } as const;
    const failing = replicaSetStatus(rs, [], failure, NOW);
    expect(failing.conditions).toMatchObject([{ type: "ReplicaFailure", status: "True", ...failure }]);
    const later = replicaSetStatus({ ...rs, status: failing }, [], { ...failure, message: "other" }, NOW + 1000);
    expect(later.conditions).toEqual(failing.conditions);
    expect(replicaSetStatus({ ...rs, status: failing }, [], undefined, NOW).conditions).toBeUndefined();
  });
});

describe("slow start", () => {
  it("doubles the batch and stops at the first that fails", async () => {
    let [running, most, calls] = [0, 0, 0];
    const task = async () => {
      most = Math.max(most, ++running);
      const mine = ++calls;
      await Promise.resolve();
      running--;
      if (mine > 5) throw new Error("full");
    };
    expect(await slowStart(100, task)).toMatchObject({ done: 5, errors: [{ message: "full" }, { message: "full" }] });
    expect([calls, most]).toEqual([7, 4]);
  });
});
