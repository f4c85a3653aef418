import { Pod } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";

const at = withNode(startControlPlane);
const main = (pod: Pod) => pod.status?.containerStatuses?.[0];
const image = "app:v1";
const named = { name: "web", namespace: "default" };

describe("hooks", () => {
  it("run after the start: until then the container does not count as running", async () => {
    const gate = Promise.withResolvers<number>();
    at.node.runtime.behaviour = () => ({ exec: () => gate.promise });
    await at.node.run("web", { containers: [{ name: "main", image, lifecycle: { postStart: { exec: { command: ["hook"] } } } }] });
    await at.node.eventually("the hook", () => at.node.runtime.calls.get("exec") === 1);
    await at.clock.advance(1_000);
    const pod = await at.node.until("web", (p) => main(p)?.state?.waiting !== undefined);
    expect(main(pod)?.state?.waiting?.reason).toBe("ContainerCreating");
    gate.resolve(0);
    await at.node.until("web", (p) => p.status?.phase === "Running");
  });

  it("that fail after the start cost the container its life", async () => {
    at.node.runtime.behaviour = ({ attempt }) => ({ exec: () => (attempt ? 0 : 7) });
    await at.node.run("web", { containers: [{ name: "main", image, lifecycle: { postStart: { exec: { command: ["hook"] } } } }] });
    await at.node.untilEvent("web", /^FailedPostStartHook: PostStartHook failed$/);
    await at.node.untilEvent("web", /^Killing: FailedPostStartHook$/);
    await at.node.until("web", (p) => main(p)?.restartCount === 1 && main(p)?.state?.running !== undefined);
  });

  it("run before the stop, within the grace period", async () => {
    const gate = Promise.withResolvers<number>();
    at.node.runtime.behaviour = () => ({ exec: () => gate.promise });
    const lifecycle = { preStop: { exec: { command: ["hook"] } } };
    await at.node.run("web", { terminationGracePeriodSeconds: 10, containers: [{ name: "main", image, lifecycle }] });
    await at.node.until("web", (p) => p.status?.phase === "Running");
    await at.client.delete(Pod, named);
    await at.node.eventually("the hook", () => at.node.runtime.calls.get("exec") === 1);
    await at.clock.advance(9_000);
    expect(await at.node.running("web")).toBeDefined();
    await at.clock.advance(1_000);
    await at.node.untilEvent("web", /^FailedPreStopHook: PreStopHook failed$/);
    await at.node.untilGone("web");
    gate.resolve(0);
  });

  it("may just sleep", async () => {
    const lifecycle = { preStop: { sleep: { seconds: 3 } } };
    await at.node.run("web", { containers: [{ name: "main", image, lifecycle }] });
    await at.node.until("web", (p) => p.status?.phase === "Running");
    await at.client.delete(Pod, named);
    await at.node.untilEvent("web", /^Killing: /);
    await at.clock.advance(2_500);
    expect(await at.node.running("web")).toBeDefined();
    await at.clock.advance(600);
    await at.node.untilGone("web");
  });
});
