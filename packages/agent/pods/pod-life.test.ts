import { Pod } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";

const at = withNode(startControlPlane);
const isRunning = (pod: Pod) => pod.status?.phase === "Running";
const main = (pod: Pod) => pod.status?.containerStatuses?.[0];
const named = (name: string) => ({ name, namespace: "default" });

describe("a pod", () => {
  it("runs, and says so", async () => {
    await at.node.run("web");
    const pod = await at.node.until("web", isRunning);
    expect(pod.status).toMatchObject({
      phase: "Running",
      hostIP: "192.0.2.1",
      qosClass: "BestEffort",
      startTime: "2026-01-01T00:00:00Z",
      containerStatuses: [{ name: "main", ready: true, started: true, restartCount: 0, image: "app:v1", state: { running: {} } }],
    });
    expect(pod.status?.podIPs).toEqual([{ ip: pod.status?.podIP }]);
    expect(pod.status?.podIP).toMatch(/^10\.244\.0\./);
    expect(main(pod)?.containerID).toMatch(/^docker:\/\//);
    expect(Object.fromEntries(pod.status!.conditions!.map((c) => [c.type, c.status]))).toEqual({
      PodReadyToStartContainers: "True",
      Initialized: "True",
      Ready: "True",
      ContainersReady: "True",
      PodScheduled: "True",
    });
    await at.node.untilEvent("web", /^Started: Started container main$/);
    const events = await at.node.events("web");
    expect(events).toContain('Pulled: Container image "app:v1" already present on machine');
    expect(events).toContain("Created: Created container main");
  });

  it("takes a warm sandbox", async () => {
    await at.clock.advance(0);
    await at.node.eventually("a full pool", () => at.node.runtime.calls.get("createSandbox") === 4);
    await at.node.run("web");
    await at.node.until("web", isRunning);
    expect(at.node.runtime.calls.get("createSandbox")).toBe(4);
    expect(at.node.runtime.calls.get("assignSandbox")).toBe(1);
  });

  it("is deleted when its containers have ended", async () => {
    await at.node.run("web");
    await at.node.until("web", isRunning);
    await at.client.delete(Pod, named("web"));
    await at.node.untilGone("web");
    await at.node.untilEvent("web", /^Killing: Stopping container main$/);
    expect(await at.node.containers("web")).toEqual([]);
    expect((await at.node.runtime.list()).sandboxes.filter((s) => s.pod)).toEqual([]);
  });

  it("gets its grace period, and is killed after it", async () => {
    at.node.runtime.behaviour = () => ({ stopsAfterMs: Number.POSITIVE_INFINITY });
    await at.node.run("web", { terminationGracePeriodSeconds: 7 });
    await at.node.until("web", isRunning);
    await at.client.delete(Pod, named("web"));
    await at.node.eventually("the stop", () => at.node.runtime.calls.get("stopContainer") === 1);
    await at.clock.advance(6_900);
    expect(await at.node.running("web")).toBeDefined();
    await at.clock.advance(200);
    await at.node.untilGone("web");
  });

  it("ends at once when its grace is cut short", async () => {
    at.node.runtime.behaviour = () => ({ stopsAfterMs: Number.POSITIVE_INFINITY });
    await at.node.run("web", { terminationGracePeriodSeconds: 600 });
    await at.node.until("web", isRunning);
    await at.client.delete(Pod, named("web"));
    await at.node.eventually("the stop", () => at.node.runtime.calls.get("stopContainer") === 1);
    await at.client.delete(Pod, named("web"), { gracePeriodSeconds: 0 });
    await at.node.untilGone("web");
    await at.node.eventually("another stop", () => (at.node.runtime.calls.get("stopContainer") ?? 0) > 1);
    await at.clock.advance(1_100);
    await at.node.eventually("no sandbox", () => at.node.network.services && at.node.runtime.calls.get("removeSandbox") === 1);
    expect(await at.node.containers("web")).toEqual([]);
  });

  it("is restarted with a back-off that grows", async () => {
    at.node.runtime.behaviour = () => ({ endsAfterMs: 1_000, exitCode: 3 });
    const { metadata } = await at.node.run("crash");
    await at.node.until("crash", isRunning);
    await at.clock.advance(1_000);
    // The first restart is not delayed.
    await at.node.until("crash", (p) => main(p)?.restartCount === 1 && main(p)?.state?.running !== undefined);
    await at.clock.advance(1_000);
    const waiting = await at.node.until("crash", (p) => main(p)?.state?.waiting !== undefined);
    expect(main(waiting)).toMatchObject({
      ready: false,
      restartCount: 1,
      state: {
        waiting: {
          reason: "CrashLoopBackOff",
          message: `back-off 10s restarting failed container=main pod=crash_default(${metadata.uid})`,
        },
      },
      lastState: { terminated: { exitCode: 3, reason: "Error" } },
    });
    expect(waiting.status?.phase).toBe("Running");
    expect(waiting.status?.conditions?.find((c) => c.type === "Ready")).toMatchObject({
      status: "False",
      reason: "ContainersNotReady",
      message: "containers with unready status: [main]",
    });
    await at.node.untilEvent(
      "crash",
      new RegExp(`^BackOff: Back-off restarting failed container main in pod crash_default\\(${metadata.uid}\\)$`),
    );
    await at.clock.advance(9_900);
    expect((await at.node.containers("crash")).length).toBe(2);
    await at.clock.advance(200);
    await at.node.until("crash", (p) => main(p)?.restartCount === 2);
    await at.clock.advance(1_000);
    const longer = await at.node.until("crash", (p) => main(p)?.state?.waiting !== undefined);
    expect(main(longer)?.state?.waiting?.message).toContain("back-off 20s ");
  });

  it("that has done its work is Succeeded", async () => {
    at.node.runtime.behaviour = () => ({ endsAfterMs: 1_000, exitCode: 0 });
    await at.node.run("job", { restartPolicy: "Never" });
    await at.node.until("job", isRunning);
    await at.clock.advance(1_000);
    const pod = await at.node.until("job", (p) => p.status?.phase === "Succeeded");
    expect(main(pod)).toMatchObject({ ready: false, started: false, state: { terminated: { exitCode: 0, reason: "Completed" } } });
    expect(pod.status?.conditions?.filter((c) => c.reason).map((c) => `${c.type}=${c.status} ${c.reason}`)).toEqual([
      "Initialized=True PodCompleted",
      "Ready=False PodCompleted",
      "ContainersReady=False PodCompleted",
    ]);
    await at.node.eventually("the network given back", () => at.node.runtime.calls.get("removeSandbox") === 1);
    // Its log can still be read.
    expect((await at.node.containers("job")).length).toBe(1);
  });

  it("that failed for good is Failed, and OnFailure tries again until it succeeds", async () => {
    at.node.runtime.behaviour = ({ attempt, pod }) => ({ endsAfterMs: 1_000, exitCode: pod.name === "never" || attempt === 0 ? 1 : 0 });
    await at.node.run("never", { restartPolicy: "Never" });
    await at.node.run("retry", { restartPolicy: "OnFailure" });
    await at.node.until("never", isRunning);
    await at.node.until("retry", isRunning);
    await at.clock.advance(1_000);
    await at.node.until("never", (p) => p.status?.phase === "Failed");
    await at.node.until("retry", (p) => main(p)?.restartCount === 1 && main(p)?.state?.running !== undefined);
    await at.clock.advance(1_000);
    await at.node.until("retry", (p) => p.status?.phase === "Succeeded");
  });

  it("says that it ran out of memory", async () => {
    at.node.runtime.behaviour = () => ({ endsAfterMs: 1_000, exitCode: 137, oomKilled: true });
    await at.node.run("hungry", { restartPolicy: "Never" });
    await at.node.until("hungry", isRunning);
    await at.clock.advance(1_000);
    const pod = await at.node.until("hungry", (p) => p.status?.phase === "Failed");
    expect(main(pod)?.state?.terminated).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
  });

  it("that takes longer than its deadline is Failed", async () => {
    await at.node.run("slow", { activeDeadlineSeconds: 5 });
    await at.node.until("slow", isRunning);
    await at.clock.advance(5_000);
    const pod = await at.node.until("slow", (p) => p.status?.phase === "Failed");
    expect(pod.status).toMatchObject({
      reason: "DeadlineExceeded",
      message: "Pod was active on the node longer than the specified deadline",
    });
    expect(main(pod)?.state?.terminated).toBeDefined();
  });

  it("is restarted when its image changes", async () => {
    at.node.runtime.addImage("app:v2");
    await at.node.run("web");
    await at.node.until("web", isRunning);
    await at.client.patch(Pod, named("web"), { type: "strategic", body: { spec: { containers: [{ name: "main", image: "app:v2" }] } } });
    const pod = await at.node.until("web", (p) => main(p)?.image === "app:v2" && main(p)?.state?.running !== undefined);
    expect(main(pod)?.restartCount).toBe(1);
    await at.node.untilEvent("web", /^Killing: Container main definition changed, will be restarted$/);
  });
});
