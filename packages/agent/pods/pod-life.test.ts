import { Pod } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestNode } from "../testing/test-node.ts";
import { testTls } from "../testing/tls.ts";

let plane: ControlPlane;
let node: TestNode;

beforeEach(async () => {
  const clock = new FakeClock();
  plane = await startControlPlane({ clock });
  node = await TestNode.start({ client: plane.client, clock, tls: (await testTls()).agent });
});
afterEach(async () => {
  await node.close();
  await plane.close();
});

describe("a pod", () => {
  it("runs, and says so", async () => {
    await node.run("web");
    const pod = await node.until("web", (p) => p.status?.phase === "Running");
    expect(pod.status).toMatchObject({
      phase: "Running",
      hostIP: "192.0.2.1",
      qosClass: "BestEffort",
      containerStatuses: [{ name: "main", ready: true, started: true, restartCount: 0, image: "app:v1", state: { running: {} } }],
    });
    expect(pod.status?.podIP).toMatch(/^10\.244\.0\./);
  });

  it("is deleted when its containers have ended", async () => {
    await node.run("web");
    await node.until("web", (p) => p.status?.phase === "Running");
    await plane.client.delete(Pod, { name: "web", namespace: "default" });
    await node.untilGone("web");
    expect(await node.containers("web")).toEqual([]);
  });
});
