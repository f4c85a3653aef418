import { Deployment, Pod, PodDisruptionBudget } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { deployment } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { deploymentController } from "../deployment/index.ts";
import { replicaSetController } from "../replicaset/index.ts";
import { disruptionController } from "./index.ts";

let plane: ControlPlane;

beforeEach(async () => {
  const controllers = [deploymentController(), replicaSetController(), disruptionController(), hollowKubelet()];
  plane = await startControlPlane({ clock: new FakeClock(), controllers });
});
afterEach(() => plane.close());

const guard = { name: "guard", namespace: "default" };
const status = async () => (await plane.client.get(PodDisruptionBudget, guard)).status;

it("lets as many pods be evicted as are left over, and counts again when they are replaced", async () => {
  await plane.client.create(Deployment, deployment("web", 4));
  await plane.client.create(PodDisruptionBudget, {
    metadata: guard,
    spec: { maxUnavailable: "25%", selector: { matchLabels: { app: "web" } } },
  });
  await plane.idle();
  expect(await status()).toMatchObject({
    ...{ expectedPods: 4, desiredHealthy: 3, currentHealthy: 4, disruptionsAllowed: 1, observedGeneration: 1 },
    conditions: [{ type: "DisruptionAllowed", status: "True", reason: "SufficientPods" }],
  });
  const { items } = await plane.client.list(Pod, { namespace: "default" });
  const evict = (pod: Pod | undefined) => {
    const name = pod?.metadata.name ?? "";
    return plane.client.post(Pod, { name, namespace: "default" }, "eviction", { metadata: { name, namespace: "default" } });
  };
  const results = await Promise.allSettled([evict(items[0]), evict(items[1])]);
  expect(results.map((r) => r.status).sort()).toEqual(["fulfilled", "rejected"]);
  await plane.idle();
  expect(await status()).toMatchObject({ currentHealthy: 4, disruptionsAllowed: 1 });
  expect(await status()).not.toHaveProperty("disruptedPods");
  await plane.client.patch(Deployment, { name: "web", namespace: "default" }, { type: "merge", body: { spec: { replicas: 8 } } });
  await plane.idle();
  expect(await status()).toMatchObject({ expectedPods: 8, desiredHealthy: 6, disruptionsAllowed: 2 });
});
