import { Pod, PriorityClass } from "@wherry/api";
import { StatusError } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";

let plane: ControlPlane;

beforeEach(async () => {
  plane = await startControlPlane();
});
afterEach(() => plane.close());

const addClass = (name: string, value: number, more: object = {}) =>
  plane.client.create(PriorityClass, { metadata: { name }, value, ...more });
const addPod = async (name: string, spec: object = {}) => {
  const containers = [{ name: "c", image: "i" }];
  const created = await plane.client.create(Pod, { metadata: { name, namespace: "default" }, spec: { containers, ...spec } });
  const { priority, priorityClassName, preemptionPolicy } = created.spec;
  return [priority, priorityClassName, preemptionPolicy];
};
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error: unknown) => (error instanceof StatusError ? `${error.code} ${error.message}` : String(error)),
  );

it("of a pod is that of its class, or of the default class, or none", async () => {
  expect(await addPod("plain")).toEqual([0, undefined, "PreemptLowerPriority"]);
  await addClass("high", 1000, { preemptionPolicy: "Never" });
  expect(await addPod("classed", { priorityClassName: "high" })).toEqual([1000, "high", "Never"]);
  expect(await addPod("critical", { priorityClassName: "system-node-critical" })).toEqual([
    2_000_001_000,
    "system-node-critical",
    "PreemptLowerPriority",
  ]);
  await addClass("usual", 5, { globalDefault: true });
  expect(await addPod("defaulted")).toEqual([5, "usual", "PreemptLowerPriority"]);
});

it("is not the pod's own to say", async () => {
  await addClass("high", 1000);
  expect(await refusal(addPod("a", { priorityClassName: "odd" }))).toBe(
    '403 pods "a" is forbidden: no PriorityClass with name odd was found',
  );
  expect(await refusal(addPod("a", { priorityClassName: "high", priority: 7 }))).toBe(
    '403 pods "a" is forbidden: the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name',
  );
  expect(await refusal(addPod("a", { preemptionPolicy: "Never" }))).toBe(
    '403 pods "a" is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
  );
  expect(await addPod("same", { priorityClassName: "high", priority: 1000 })).toEqual([1000, "high", "PreemptLowerPriority"]);
});

it("has one default", async () => {
  await addClass("usual", 5, { globalDefault: true });
  expect(await refusal(addClass("other", 6, { globalDefault: true }))).toBe(
    '403 priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
  );
  await plane.client.patch(PriorityClass, { name: "usual" }, { type: "merge", body: { description: "still the default" } });
});
