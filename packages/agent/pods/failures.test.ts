import { ConfigMap, type Pod } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";

const at = withNode(startControlPlane, { images: ["app:v1", "root:v1"] });
const main = (pod: Pod) => pod.status?.containerStatuses?.[0];
const waiting = (reason: string) => (pod: Pod) => main(pod)?.state?.waiting?.reason === reason;

describe("a container that cannot be made", () => {
  it("waits for its ConfigMap, and starts when that appears", async () => {
    const env = [{ name: "COLOUR", valueFrom: { configMapKeyRef: { name: "theme", key: "colour" } } }];
    await at.node.run("web", { containers: [{ name: "main", image: "app:v1", env }] });
    const pod = await at.node.until("web", waiting("CreateContainerConfigError"));
    expect(main(pod)?.state?.waiting?.message).toBe('configmap "theme" not found');
    expect(pod.status?.phase).toBe("Pending");
    await at.node.untilEvent("web", /^Failed: Error: configmap "theme" not found$/);
    await at.client.create(ConfigMap, { metadata: { name: "theme", namespace: "default" }, data: { colour: "blue" } });
    await at.clock.advance(10_000);
    await at.node.until("web", (p) => p.status?.phase === "Running");
    const spec = at.node.runtime.spec((await at.node.running("web")).id)!;
    expect(spec.env).toContainEqual(["COLOUR", "blue"]);
  });

  it("whose command is not there says so", async () => {
    at.node.runtime.behaviour = () => ({ startError: { exitCode: 127, message: 'exec: "nope": executable file not found in $PATH' } });
    await at.node.run("web", { restartPolicy: "Never" });
    const pod = await at.node.until("web", (p) => p.status?.phase === "Failed");
    expect(main(pod)?.state?.terminated).toMatchObject({
      exitCode: 127,
      reason: "ContainerCannotRun",
      message: expect.stringContaining("nope"),
    });
    await at.node.untilEvent("web", /^Failed: Error: exec: "nope": executable file not found in \$PATH$/);
  });

  it.each(["Never", "Always"])("that ran out of memory says so, however late the engine tells: restart %s", async (restartPolicy) => {
    await at.node.run("web", { restartPolicy });
    await at.node.until("web", (p) => p.status?.phase === "Running");
    const { id } = await at.node.running("web");
    at.node.runtime.exit(id, 137);
    const ended = (pod: Pod) =>
      [main(pod)?.state?.terminated, main(pod)?.lastState?.terminated].find((t) => t?.containerID === `docker://${id}`);
    expect(ended(await at.node.until("web", (p) => ended(p) !== undefined))).toMatchObject({ exitCode: 137, reason: "Error" });
    at.node.runtime.tellOutOfMemory(id);
    await at.node.until("web", (p) => ended(p)?.reason === "OOMKilled");
  });

  it("must not run as root", async () => {
    await at.node.run("web", { securityContext: { runAsNonRoot: true } });
    const pod = await at.node.until("web", waiting("CreateContainerConfigError"));
    expect(main(pod)?.state?.waiting?.message).toMatch(
      /^container has runAsNonRoot and image will run as root \(pod: "web_default\(.*\)", container: main\)$/,
    );
  });
});

describe("a pod that the node cannot take", () => {
  it("is refused for its ports", async () => {
    const containers = [{ name: "main", image: "app:v1", ports: [{ containerPort: 80, hostPort: 8080 }] }];
    await at.node.run("first", { containers });
    await at.node.until("first", (p) => p.status?.phase === "Running");
    await at.node.run("second", { containers });
    const pod = await at.node.until("second", (p) => p.status?.phase === "Failed");
    expect(pod.status).toMatchObject({
      reason: "NodePorts",
      message: "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    });
    expect(pod.status?.containerStatuses).toBeUndefined();
    await at.node.eventually("the first one's port", () => at.node.network.services.some((s) => s.nodePort === 8080));
  });

  it("is refused for what it requests", async () => {
    await at.node.run("huge", { containers: [{ name: "main", image: "app:v1", resources: { requests: { cpu: "64" } } }] });
    const pod = await at.node.until("huge", (p) => p.status?.phase === "Failed");
    expect(pod.status?.reason).toBe("OutOfcpu");
    expect(pod.status?.message).toBe("Pod was rejected: Node didn't have enough resource: cpu, requested: 64000, used: 0, capacity: 4000");
  });
});
