import { Pod, PodDisruptionBudget } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;

beforeEach(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterEach(() => plane.close());

const at = (name: string) => ({ name, namespace: "default" });
const WHY = "Cannot evict pod as it would violate the pod's disruption budget.";

/** A pod on a node, in some phase. */
async function addPod(name: string, { phase = "Running", ready = true } = {}): Promise<void> {
  const spec = { nodeName: "n1", containers: [{ name: "c", image: "i" }] };
  const pod = await plane.client.create(Pod, { metadata: { ...at(name), labels: { app: "web" } }, spec });
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  await plane.client.update(Pod, { ...pod, status: { ...pod.status, phase, conditions } }, { subresource: "status" });
}

async function addBudget(name: string, status: object, spec: object = {}): Promise<void> {
  const selector = { matchLabels: { app: "web" } };
  const budget = await plane.client.create(PodDisruptionBudget, { metadata: at(name), spec: { selector, minAvailable: 1, ...spec } });
  const whole = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, observedGeneration: 1, ...status };
  await plane.client.update(PodDisruptionBudget, { ...budget, status: whole }, { subresource: "status" });
}

const evict = (name: string, body: object = {}, query = "") =>
  api("POST", `/api/v1/namespaces/default/pods/${name}/eviction${query}`, {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: at(name),
    ...body,
  });
const podOf = async (name: string) => (await api("GET", `/api/v1/namespaces/default/pods/${name}`)).json<Pod>();
const budgetOf = (name: string) => plane.client.get(PodDisruptionBudget, at(name));

describe("an eviction", () => {
  it("deletes a pod that has no budget, and marks it", async () => {
    await addPod("p");
    expect((await evict("p")).json()).toMatchObject({ status: "Success" });
    const pod = await podOf("p");
    expect(pod.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(pod.status?.conditions).toContainEqual({
      type: "DisruptionTarget",
      status: "True",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    });
  });

  it("takes what the budget allows, and no more", async () => {
    await addPod("p");
    await addPod("q");
    await addBudget("b", { disruptionsAllowed: 1, currentHealthy: 2 });
    expect((await evict("p", { deleteOptions: { gracePeriodSeconds: 5 } })).status).toBe(201);
    expect((await podOf("p")).metadata.deletionGracePeriodSeconds).toBe(5);
    expect((await budgetOf("b")).status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { p: "2026-01-01T00:00:00Z" },
      conditions: [{ type: "DisruptionAllowed", status: "False", reason: "InsufficientPods" }],
    });
    const refused = await evict("q");
    expect(refused.json()).toMatchObject({
      code: 429,
      reason: "TooManyRequests",
      message: WHY,
      details: { causes: [{ reason: "DisruptionBudget", message: "The disruption budget b needs 1 healthy pods and has 2 currently" }] },
    });
    expect((await podOf("q")).metadata.deletionTimestamp).toBeUndefined();
  });

  it("waits for a budget that nobody has looked at", async () => {
    await addPod("p");
    await addBudget("b", { observedGeneration: 0 });
    const refused = await evict("p");
    expect(refused.json()).toMatchObject({
      code: 429,
      details: {
        retryAfterSeconds: 10,
        causes: [{ reason: "DisruptionBudget", message: "The disruption budget b is still being processed by the server." }],
      },
    });
    expect(refused.headers["retry-after"]).toBe("10");
  });

  it.each([
    ["that has ended", { phase: "Succeeded" }, {}, {}],
    ["that has not begun", { phase: "Pending" }, {}, {}],
    ["that is not ready, when enough others are", { ready: false }, { currentHealthy: 1, desiredHealthy: 1 }, {}],
    [
      "that is not ready, when that is always allowed",
      { ready: false },
      { currentHealthy: 0 },
      { unhealthyPodEvictionPolicy: "AlwaysAllow" },
    ],
  ])("asks no budget for a pod %s", async (_, pod, status, spec) => {
    await addPod("p", pod);
    await addBudget("b", status, spec);
    expect((await evict("p")).status).toBe(201);
    expect((await budgetOf("b")).status).not.toHaveProperty("disruptedPods");
  });

  it("keeps a pod that is not ready while there are too few", async () => {
    await addPod("p", { ready: false });
    await addBudget("b", { currentHealthy: 0 });
    expect((await evict("p")).status).toBe(429);
  });

  it("does not choose between budgets", async () => {
    await addPod("p");
    await addBudget("a", { disruptionsAllowed: 1 });
    await addBudget("b", { disruptionsAllowed: 1 });
    expect((await evict("p")).json()).toMatchObject({
      code: 500,
      message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    });
  });

  it("only says what it would do on a dry run", async () => {
    await addPod("p");
    await addBudget("b", { disruptionsAllowed: 1 });
    expect((await evict("p", {}, "?dryRun=All")).status).toBe(201);
    expect((await evict("p", { deleteOptions: { dryRun: ["All"] } })).status).toBe(201);
    expect((await podOf("p")).metadata.deletionTimestamp).toBeUndefined();
    expect((await budgetOf("b")).status?.disruptionsAllowed).toBe(1);
  });

  it("names its pod, and heeds preconditions", async () => {
    await addPod("p");
    expect((await evict("p", { metadata: { name: "q" } })).json()).toMatchObject({
      code: 400,
      message: "name in URL does not match name in Eviction object",
    });
    expect((await evict("gone")).json()).toMatchObject({ code: 404, message: 'pods "gone" not found' });
    expect((await evict("p", { deleteOptions: { preconditions: { uid: "other" } } })).json()).toMatchObject({ code: 409 });
    const { uid } = (await podOf("p")).metadata;
    expect((await evict("p", { deleteOptions: { preconditions: { uid } } })).status).toBe(201);
  });
});

it("a pod is bound the old way, too", async () => {
  await plane.client.create(Pod, { metadata: at("p"), spec: { containers: [{ name: "c", image: "i" }] } });
  const body = { apiVersion: "v1", kind: "Binding", metadata: { name: "p" }, target: { kind: "Node", name: "n1" } };
  expect((await api("POST", "/api/v1/namespaces/default/bindings", body)).json()).toMatchObject({ status: "Success" });
  expect((await podOf("p")).spec.nodeName).toBe("n1");
  expect((await api("GET", "/api/v1/namespaces/default/bindings")).json()).toMatchObject({ code: 405 });
});
