import { ConfigMap, Pod } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";

const at = withNode(startControlPlane);
const main = (pod: Pod) => pod.status?.containerStatuses?.[0];
const isRunning = (pod: Pod) => pod.status?.phase === "Running";
const named = (name: string) => ({ name, namespace: "default" });

describe("an agent that comes back", () => {
  it("takes over what runs, without touching it", async () => {
    await at.node.run("web");
    const before = await at.node.until("web", isRunning);
    await at.node.stopAgent();
    const calls = new Map(at.node.runtime.calls);
    await at.node.startAgent();
    await at.node.run("other");
    await at.node.until("other", isRunning);
    expect(at.node.runtime.calls.get("createContainer")).toBe((calls.get("createContainer") ?? 0) + 1);
    expect(at.node.runtime.calls.get("stopContainer")).toBe(calls.get("stopContainer"));
    const after = await at.client.get(Pod, named("web"));
    expect(after.status).toEqual(before.status);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it("sees what ended meanwhile, and goes on with its back-off", async () => {
    await at.node.run("web");
    await at.node.until("web", isRunning);
    at.node.runtime.exit((await at.node.running("web")).id, 1);
    await at.node.until("web", (p) => main(p)?.restartCount === 1 && main(p)?.state?.running !== undefined);
    await at.node.stopAgent();
    at.node.runtime.exit((await at.node.running("web")).id, 1);
    await at.node.startAgent();
    const pod = await at.node.until("web", (p) => main(p)?.state?.waiting?.reason === "CrashLoopBackOff");
    expect(main(pod)?.state?.waiting?.message).toContain("back-off 10s");
  });

  it("goes on probing what runs, though its volumes can no longer be made", async () => {
    let healthy = true;
    at.node.runtime.behaviour = () => ({ exec: async () => (healthy ? 0 : 1) });
    await at.client.create(ConfigMap, { metadata: named("config"), data: { a: "1" } });
    const readinessProbe = { exec: { command: ["check"] }, periodSeconds: 1, failureThreshold: 1 };
    await at.node.run("web", {
      volumes: [{ name: "v", configMap: { name: "config" } }],
      containers: [{ name: "main", image: "app:v1", readinessProbe }],
    });
    await at.node.until("web", isRunning);
    await at.clock.advance(1_000);
    await at.node.until("web", (pod) => main(pod)?.ready === true);
    await at.node.stopAgent();
    await at.client.delete(ConfigMap, named("config"));
    healthy = false;
    await at.node.startAgent();
    await at.node.untilEvent("web", /^FailedMount: .* configmap "config" not found$/);
    await at.clock.advance(1_000);
    await at.node.untilEvent("web", /^Unhealthy: Readiness probe failed/);
  });

  it("removes pods that were deleted meanwhile", async () => {
    await at.node.run("web");
    await at.node.until("web", isRunning);
    await at.node.stopAgent();
    await at.client.delete(Pod, named("web"), { gracePeriodSeconds: 0 });
    await at.node.startAgent();
    await at.node.eventually(
      "the end",
      () => at.node.runtime.calls.get("removeContainer") === 1 && at.node.runtime.calls.get("removeSandbox") === 1,
    );
    expect(await at.node.containers("web")).toEqual([]);
  });

  it("finishes a deletion that it had begun", async () => {
    at.node.runtime.behaviour = () => ({ stopsAfterMs: Number.POSITIVE_INFINITY });
    await at.node.run("web", { terminationGracePeriodSeconds: 5 });
    await at.node.until("web", isRunning);
    await at.client.delete(Pod, named("web"));
    await at.node.eventually("the stop", () => at.node.runtime.calls.get("stopContainer") === 1);
    await at.node.stopAgent();
    await at.node.startAgent();
    await at.clock.advance(6_000);
    await at.node.untilGone("web");
  });

  it("starts what was only created", async () => {
    await at.node.run("web");
    await at.node.until("web", isRunning);
    const [old] = await at.node.containers("web");
    await at.node.stopAgent();
    const spec = { ...at.node.runtime.spec(old!.id)!, attempt: 1 };
    at.node.runtime.exit(old!.id, 0);
    await at.node.runtime.createContainer(spec);
    await at.node.startAgent();
    await at.node.until("web", (p) => main(p)?.restartCount === 1 && main(p)?.state?.running !== undefined);
    expect((await at.node.containers("web")).length).toBe(2);
  });
});

describe("an engine that restarts", () => {
  it("gives every pod a new sandbox, and its containers another start", async () => {
    await at.node.run("web");
    await at.node.run("done", { restartPolicy: "Never" });
    const before = await at.node.until("web", isRunning);
    await at.node.until("done", isRunning);
    for (const { id } of (await at.node.runtime.list()).sandboxes) at.node.runtime.killSandbox(id);
    for (const { id } of (await at.node.runtime.list()).containers) at.node.runtime.exit(id, 137);
    const after = await at.node.until("web", (p) => main(p)?.restartCount === 1 && main(p)?.state?.running !== undefined);
    expect(main(after)?.containerID).not.toBe(main(before)?.containerID);
    await at.node.until("done", (p) => p.status?.phase === "Failed");
    await at.node.untilEvent("web", /^SandboxChanged: Pod sandbox changed, it will be killed and re-created.$/);
  });

  it("is waited for while it does not answer", async () => {
    at.node.runtime.available = false;
    await at.node.run("web");
    await at.clock.advance(61_000);
    at.node.runtime.setAvailable(true);
    await at.clock.advance(10_000);
    await at.clock.advance(10_000);
    await at.node.until("web", isRunning);
  });
});

describe("a container that somebody removed", () => {
  it("is started again, and the restart counts", async () => {
    await at.node.run("web");
    await at.node.until("web", isRunning);
    await at.node.runtime.removeContainer((await at.node.running("web")).id);
    await at.node.until("web", (p) => main(p)?.restartCount === 1 && main(p)?.state?.running !== undefined);
  });
});
