import type { Pod } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";

const at = withNode(startControlPlane);
const main = (pod: Pod) => pod.status?.containerStatuses?.[0];
const probe = { exec: { command: ["check"] }, periodSeconds: 1, failureThreshold: 2 };
const image = "app:v1";

/** What the command `check` gives in every container, from now on. */
let healthy = true;
const probed = () => ({
  exec: async (_: readonly string[], io: { stdout: NodeJS.WritableStream }) => {
    if (healthy) return 0;
    io.stdout.write("no good");
    // What was written is read before the exit is known.
    await new Promise((resolve) => setImmediate(resolve));
    return 1;
  },
});

describe("probes", () => {
  it("make a pod ready, and not ready again", async () => {
    healthy = false;
    at.node.runtime.behaviour = probed;
    await at.node.run("web", { containers: [{ name: "main", image, readinessProbe: probe }] });
    const pod = await at.node.until("web", (p) => main(p)?.state?.running !== undefined);
    expect(main(pod)).toMatchObject({ ready: false, started: true });
    await at.clock.advance(1_000);
    await at.node.untilEvent("web", /^Unhealthy: Readiness probe failed: no good$/);
    healthy = true;
    await at.clock.advance(1_000);
    await at.node.until("web", (p) => p.status?.conditions?.find((c) => c.type === "Ready")?.status === "True");
    healthy = false;
    await at.clock.advance(1_000);
    await at.clock.advance(1_000);
    await at.node.until("web", (p) => p.status?.conditions?.find((c) => c.type === "Ready")?.status === "False");
    expect((await at.node.containers("web")).length).toBe(1);
  });

  it("have a container restarted that does not live", async () => {
    healthy = true;
    at.node.runtime.behaviour = probed;
    await at.node.run("web", { containers: [{ name: "main", image, livenessProbe: probe }] });
    await at.node.until("web", (p) => main(p)?.ready === true);
    healthy = false;
    await at.clock.advance(1_000);
    await at.clock.advance(1_000);
    const pod = await at.node.until("web", (p) => main(p)?.restartCount === 1 && main(p)?.state?.running !== undefined);
    expect(main(pod)?.lastState?.terminated).toMatchObject({ exitCode: 143, reason: "Error" });
    await at.node.untilEvent("web", /^Unhealthy: Liveness probe failed: no good$/);
    await at.node.untilEvent("web", /^Killing: Container main failed liveness probe, will be restarted$/);
  });

  it("let a slow starter be, and restart one that never starts", async () => {
    healthy = false;
    at.node.runtime.behaviour = probed;
    const livenessProbe = { ...probe, failureThreshold: 1 };
    await at.node.run("web", { containers: [{ name: "main", image, startupProbe: { ...probe, failureThreshold: 4 }, livenessProbe }] });
    const pod = await at.node.until("web", (p) => main(p)?.state?.running !== undefined);
    expect(main(pod)).toMatchObject({ started: false, ready: false });
    for (let second = 0; second < 2; second++) await at.clock.advance(1_000);
    expect(at.node.runtime.calls.get("stopContainer")).toBeUndefined();
    for (let second = 0; second < 2; second++) await at.clock.advance(1_000);
    await at.node.until("web", (p) => main(p)?.restartCount === 1);
    await at.node.untilEvent("web", /^Killing: Container main failed startup probe, will be restarted$/);
  });

  it("go on as they were when the agent comes back", async () => {
    healthy = true;
    at.node.runtime.behaviour = probed;
    await at.node.run("web", { containers: [{ name: "main", image, readinessProbe: { ...probe, initialDelaySeconds: 5 } }] });
    await at.node.until("web", (p) => main(p)?.state?.running !== undefined);
    await at.clock.advance(5_000);
    const ready = await at.node.until("web", (p) => main(p)?.ready === true);
    await at.node.stopAgent();
    await at.node.startAgent();
    await at.node.eventually("a look at the pod", () => at.node.agent);
    await at.clock.advance(500);
    expect(at.node.pods.lister.get("web", "default")?.metadata.resourceVersion).toBe(ready.metadata.resourceVersion);
  });
});
