import type { Pod } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";

const at = withNode(startControlPlane);
const init = (pod: Pod, index = 0) => pod.status?.initContainerStatuses?.[index];
const image = "app:v1";

describe("init containers", () => {
  it("run one after the other, before the others", async () => {
    at.node.runtime.behaviour = ({ name }) => (name.startsWith("init") ? { endsAfterMs: 1_000, exitCode: 0 } : {});
    await at.node.run("web", {
      initContainers: [
        { name: "init-a", image },
        { name: "init-b", image },
      ],
    });
    const first = await at.node.until("web", (p) => init(p)?.state?.running !== undefined);
    expect(first.status?.phase).toBe("Pending");
    expect(init(first, 1)?.state?.waiting?.reason).toBe("PodInitializing");
    expect(first.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("PodInitializing");
    expect(first.status?.conditions?.find((c) => c.type === "Initialized")).toMatchObject({
      status: "False",
      reason: "ContainersNotInitialized",
      message: "containers with incomplete status: [init-a init-b]",
    });
    await at.clock.advance(1_000);
    await at.node.until("web", (p) => init(p, 1)?.state?.running !== undefined);
    await at.clock.advance(1_000);
    const pod = await at.node.until("web", (p) => p.status?.phase === "Running");
    expect(init(pod)).toMatchObject({ ready: true, state: { terminated: { exitCode: 0, reason: "Completed" } } });
    expect((await at.node.containers("web")).map((c) => c.name)).toEqual(["init-a", "init-b", "main"]);
  });

  it("that fail end the pod, if it is not to be restarted", async () => {
    at.node.runtime.behaviour = ({ name }) => (name === "init" ? { endsAfterMs: 1_000, exitCode: 1 } : {});
    await at.node.run("web", { restartPolicy: "Never", initContainers: [{ name: "init", image }] });
    await at.node.until("web", (p) => init(p)?.state?.running !== undefined);
    await at.clock.advance(1_000);
    const pod = await at.node.until("web", (p) => p.status?.phase === "Failed");
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("PodInitializing");
    expect((await at.node.containers("web")).map((c) => c.name)).toEqual(["init"]);
  });

  it("that fail are tried again", async () => {
    at.node.runtime.behaviour = ({ name, attempt }) => (name === "init" ? { endsAfterMs: 1_000, exitCode: attempt ? 0 : 1 } : {});
    await at.node.run("web", { initContainers: [{ name: "init", image }] });
    await at.node.until("web", (p) => init(p)?.state?.running !== undefined);
    await at.clock.advance(1_000);
    await at.node.until("web", (p) => init(p)?.restartCount === 1 && init(p)?.state?.running !== undefined);
    await at.clock.advance(1_000);
    await at.node.until("web", (p) => p.status?.phase === "Running");
  });
});

describe("sidecars", () => {
  const sidecar = { name: "proxy", image, restartPolicy: "Always" };

  it("run beside the others, and are kept running", async () => {
    await at.node.run("web", { initContainers: [sidecar] });
    const pod = await at.node.until("web", (p) => p.status?.phase === "Running");
    expect(init(pod)).toMatchObject({ ready: true, started: true, state: { running: {} } });
    at.node.runtime.exit((await at.node.running("web", "proxy")).id, 1);
    await at.node.until("web", (p) => init(p)?.restartCount === 1 && init(p)?.state?.running !== undefined);
    expect((await at.node.containers("web")).filter((c) => c.name === "main").length).toBe(1);
  });

  it("end after the others", async () => {
    at.node.runtime.behaviour = ({ name }) => (name === "main" ? { endsAfterMs: 1_000, exitCode: 0 } : {});
    await at.node.run("job", { restartPolicy: "Never", initContainers: [sidecar, { ...sidecar, name: "logger" }] });
    await at.node.until("job", (p) => p.status?.phase === "Running");
    await at.clock.advance(1_000);
    const pod = await at.node.until("job", (p) => p.status?.phase === "Succeeded");
    expect(init(pod)?.state?.terminated).toBeDefined();
  });

  it("are waited for until their startup probe succeeds", async () => {
    let started = false;
    at.node.runtime.behaviour = ({ name }) => (name === "proxy" ? { exec: () => (started ? 0 : 1) } : {});
    const startupProbe = { exec: { command: ["check"] }, periodSeconds: 1, failureThreshold: 10 };
    await at.node.run("web", { initContainers: [{ ...sidecar, startupProbe }] });
    await at.node.until("web", (p) => init(p)?.state?.running !== undefined);
    await at.clock.advance(2_000);
    expect((await at.node.containers("web")).map((c) => c.name)).toEqual(["proxy"]);
    started = true;
    await at.clock.advance(1_000);
    await at.node.until("web", (p) => p.status?.phase === "Running" && p.status.containerStatuses![0]!.ready);
  });
});
