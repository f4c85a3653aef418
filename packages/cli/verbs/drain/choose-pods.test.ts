import type { Pod } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { choosePods, type DrainRules } from "./choose-pods.ts";

const pod = (name: string, owner?: string, changes: Partial<{ phase: string; mirror: boolean; emptyDir: boolean }> = {}) =>
  ({
    metadata: {
      name,
      namespace: "n",
      ...(changes.mirror && { annotations: { "kubernetes.io/config.mirror": "x" } }),
      ...(owner && { ownerReferences: [{ kind: owner, name: "owner", controller: true, uid: "u", apiVersion: "apps/v1" }] }),
    },
    spec: { containers: [], ...(changes.emptyDir && { volumes: [{ name: "v", emptyDir: {} }] }) },
    status: { phase: changes.phase ?? "Running" },
  }) as unknown as Pod;

const DAEMON_SETS = new Set(["n/owner"]);
const choose = (one: Pod, rules: DrainRules = {}, sets: ReadonlySet<string> = DAEMON_SETS) => {
  const { evicted, warnings, errors } = choosePods([one], rules, sets);
  return { evicted: evicted.length === 1, warnings, errors };
};

describe("drain", () => {
  it.each<[string, Pod, DrainRules, boolean, string[], string[]]>([
    ["a replica", pod("p", "ReplicaSet"), {}, true, [], []],
    ["a pod of nobody's", pod("p"), {}, false, [], ["cannot delete Pods that declare no controller (use --force to override): n/p"]],
    ["a pod of nobody's, by force", pod("p"), { force: true }, true, ["deleting Pods that declare no controller: n/p"], []],
    ["a daemon", pod("p", "DaemonSet"), {}, false, [], ["cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): n/p"]],
    ["a daemon that is left alone", pod("p", "DaemonSet"), { ignoreDaemonsets: true }, false, ["ignoring DaemonSet-managed Pods: n/p"], []],
    ["a daemon that ended", pod("p", "DaemonSet", { phase: "Succeeded" }), {}, true, [], []],
    [
      "local data",
      pod("p", "ReplicaSet", { emptyDir: true }),
      {},
      false,
      [],
      ["cannot delete Pods with local storage (use --delete-emptydir-data to override): n/p"],
    ],
    [
      "local data that may go",
      pod("p", "ReplicaSet", { emptyDir: true }),
      { deleteEmptydirData: true },
      true,
      ["deleting Pods with local storage: n/p"],
      [],
    ],
    ["local data of a pod that ended", pod("p", undefined, { emptyDir: true, phase: "Failed" }), {}, true, [], []],
    ["a static pod's mirror", pod("p", "Node", { mirror: true }), { force: true }, false, [], []],
  ])("%s", (_, one, rules, evicted, warnings, errors) => {
    expect(choose(one, rules)).toEqual({ evicted, warnings, errors });
  });

  it("does not leave the orphan of a daemon set that is gone, unless forced", () => {
    expect(choose(pod("p", "DaemonSet"), { ignoreDaemonsets: true }, new Set())).toMatchObject({
      evicted: false,
      errors: ['daemonsets.apps "owner" not found: n/p'],
    });
    expect(choose(pod("p", "DaemonSet"), { force: true }, new Set())).toMatchObject({ evicted: true });
  });

  it("says each reason once, with all pods that it is about", () => {
    expect(choosePods([pod("a"), pod("b")], {}, DAEMON_SETS).errors).toEqual([
      "cannot delete Pods that declare no controller (use --force to override): n/a, n/b",
    ]);
  });
});
