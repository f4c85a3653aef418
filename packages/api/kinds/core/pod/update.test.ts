import { describe, expect, it } from "vitest";
import { created, updated } from "../../testing.ts";
import { Pod } from "../pod.ts";

const pod = (spec: object = {}) =>
  created(Pod, { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "bb:1" }], nodeSelector: { a: "b" }, ...spec } });
const REFUSED = /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*]\.image`,/;

describe("an update of a pod", () => {
  it.each<[string, object, (draft: Pod) => void]>([
    ["an image", {}, (p) => Object.assign(p.spec.containers[0]!, { image: "bb:2" })],
    ["a first deadline", {}, (p) => Object.assign(p.spec, { activeDeadlineSeconds: 5 })],
    ["a shorter deadline", { activeDeadlineSeconds: 9 }, (p) => Object.assign(p.spec, { activeDeadlineSeconds: 5 })],
    ["one more toleration", {}, (p) => p.spec.tolerations?.push({ key: "k", operator: "Exists" })],
    ["fewer gates", { schedulingGates: [{ name: "g" }] }, (p) => Object.assign(p.spec, { schedulingGates: [] })],
    [
      "a negative grace period to 1",
      { terminationGracePeriodSeconds: -1 },
      (p) => Object.assign(p.spec, { terminationGracePeriodSeconds: 1 }),
    ],
    ["its labels", {}, (p) => Object.assign(p.metadata, { labels: { x: "y" } })],
  ])("may change %s", (_, spec, change) => expect(updated(Pod, pod(spec), change).errors).toEqual([]));

  it.each<[string, object, (draft: Pod) => void, string | RegExp]>([
    ["a command", {}, (p) => Object.assign(p.spec.containers[0]!, { command: ["x"] }), REFUSED],
    ["the node selector", {}, (p) => Object.assign(p.spec, { nodeSelector: {} }), /changed: spec\.nodeSelector$/],
    [
      "a toleration away",
      {},
      (p) => p.spec.tolerations?.pop(),
      "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
    ],
    [
      "the node selector of a gated pod, but for more of it",
      { schedulingGates: [{ name: "g" }] },
      (p) => Object.assign(p.spec, { nodeSelector: { a: "c" } }),
      'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
    ["the grace period", {}, (p) => Object.assign(p.spec, { terminationGracePeriodSeconds: 1 }), REFUSED],
    [
      "the number of containers",
      {},
      (p) => p.spec.containers.push({ name: "d", image: "bb" }),
      "spec.containers: Forbidden: pod updates may not add or remove containers",
    ],
    [
      "a deadline away",
      { activeDeadlineSeconds: 9 },
      (p) => delete p.spec.activeDeadlineSeconds,
      "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value",
    ],
    [
      "more gates",
      {},
      (p) => Object.assign(p.spec, { schedulingGates: [{ name: "g" }] }),
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'",
    ],
  ])("may not change %s", (_, spec, change, message) => {
    const { errors } = updated(Pod, pod(spec), change);
    expect(errors).toEqual([typeof message === "string" ? message : expect.stringMatching(message)]);
  });

  it("leaves the status alone", () => {
    const { object } = updated(Pod, pod(), (p) => Object.assign(p, { status: { phase: "Running" } }));
    expect(object.status?.phase).toBe("Pending");
  });
});

describe("an update of a pod's status", () => {
  it("changes the status only, and keeps the QoS class", () => {
    const change = (p: Pod) => {
      p.spec.nodeName = "elsewhere";
      p.status = { phase: "Running" };
    };
    const { object, errors } = updated(Pod, pod(), change, "status");
    expect(errors).toEqual([]);
    expect(object.spec.nodeName).toBeUndefined();
    expect(object.status).toEqual({ phase: "Running", qosClass: "BestEffort" });
  });

  it("does not bring an ended container of a Never pod back", () => {
    const base = { name: "c", image: "bb", imageID: "", ready: false, restartCount: 0 };
    const prev = pod({ restartPolicy: "Never" });
    prev.status = { ...prev.status, containerStatuses: [{ ...base, state: { terminated: { exitCode: 1 } } }] };
    const change = (p: Pod) => {
      p.status = { ...p.status, containerStatuses: [{ ...base, state: { running: {} } }] };
    };
    expect(updated(Pod, prev, change, "status").errors).toEqual([
      "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state",
    ]);
  });
});
