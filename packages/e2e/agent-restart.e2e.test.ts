import { type ContainerStatus, isPodReady, Node, Pod } from "@wherry/api";
import { expect, it } from "vitest";
import { run } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { IDLE, Scene } from "./scene.ts";

const first = (pod: Pod): ContainerStatus | undefined => pod.status?.containerStatuses?.[0];
const containerOf = (pod: Pod) => first(pod)?.containerID?.replace("docker://", "") ?? "";

describeOnCluster("a node whose agent is gone for a while", "e2e-agent", (cluster) => {
  const killAgent = () => process.kill(cluster().pid("agent"), "SIGKILL");
  /** Waits until the engine has no such container any more, or says that it has ended. */
  const ended = (id: string) =>
    eventually(async () => (await run("docker", ["inspect", "--format", "{{.State.Running}}", id])).stdout.trim() !== "true");

  it("adopts what runs, and tells what happened meanwhile", async () => {
    const s = await Scene.create(cluster(), "adoption");
    const wait = ["sh", "-c", "until [ -e /tmp/end ]; do sleep 0.1; done; echo last words; exit 4"];
    const [steady, killed, finished, removed] = await Promise.all([
      s.ready("steady", { restartPolicy: "Always", main: { readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1 } } }),
      s.ready("killed", { restartPolicy: "Always" }),
      s.ready("finished", { main: { command: wait } }),
      s.ready("removed", { restartPolicy: "Always" }),
      s.ready("deleted", { main: { command: IDLE } }),
    ]);
    killAgent();
    await run("docker", ["exec", containerOf(finished), "touch", "/tmp/end"]);
    await run("docker", ["kill", containerOf(killed)]);
    await run("docker", ["rm", "--force", containerOf(removed)]);
    await Promise.all([ended(containerOf(finished)), ended(containerOf(killed))]);
    await s.client.delete(Pod, { name: "deleted", namespace: s.namespace });
    await s.pod("created");
    await cluster().up();

    const again = await s.until(Pod, "killed", (pod) => first(pod)?.restartCount === 1 && isPodReady(pod));
    expect(first(again)).toMatchObject({ lastState: { terminated: { exitCode: 137, reason: "Error" } } });
    const over = await s.until(Pod, "finished", (pod) => pod.status?.phase === "Failed");
    expect(first(over)).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 4, reason: "Error" } } });
    expect(await s.logs("finished")).toBe("last words\n");
    await s.until(Pod, "removed", (pod) => isPodReady(pod) && first(pod)?.containerID !== first(removed)?.containerID);
    await s.gone(Pod, "deleted");
    await s.until(Pod, "created", isPodReady);
    const same = await s.get(Pod, "steady");
    expect(first(same)).toMatchObject({ containerID: first(steady)?.containerID, restartCount: 0, ready: true });
    expect(same.status?.podIP).toBe(steady.status?.podIP);
  });

  it("is NotReady when its agent stays away, and Ready again when it is back; its pods run on", async () => {
    const s = await Scene.create(cluster(), "away");
    const pod = await s.ready("p", { restartPolicy: "Always" });
    const { name } = (await s.client.list(Node)).items[0]!.metadata;
    const node = () => s.client.get(Node, { name });
    const readiness = async () => (await node()).status?.conditions?.find((c) => c.type === "Ready");
    killAgent();
    await eventually(async () => (await readiness())?.status === "Unknown", 100, 500);
    expect(await readiness()).toMatchObject({ reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." });
    const taints = (await eventually(async () => (await node()).spec?.taints)).map((t) => `${t.key}:${t.effect}`);
    expect(taints).toContain("node.kubernetes.io/unreachable:NoSchedule");
    await s.until(Pod, "p", (p) => !isPodReady(p));
    await s.pod("waits");
    await s.event(
      "waits",
      "FailedScheduling",
      "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }",
    );

    await cluster().up();
    await eventually(async () => (await readiness())?.status === "True");
    await eventually(async () => ((await node()).spec?.taints ?? []).length === 0);
    const back = await s.until(Pod, "p", isPodReady);
    expect(first(back)).toMatchObject({ containerID: first(pod)?.containerID, restartCount: 0 });
    await s.until(Pod, "waits", isPodReady);
  });
});
