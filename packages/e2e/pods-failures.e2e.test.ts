import { ConfigMap, type ContainerStatus, Pod } from "@wherry/api";
import { expect, it } from "vitest";
import { describeOnCluster } from "./on-cluster.ts";
import { Scene, type SceneSpec } from "./scene.ts";

const first = (pod: Pod): ContainerStatus | undefined => pod.status?.containerStatuses?.[0];
const waitsFor = (reason: string) => (pod: Pod) => first(pod)?.state?.waiting?.reason === reason;

describeOnCluster("what can go wrong with a pod, and how it is told", "e2e-failures", (cluster) => {
  it.concurrent("an image that does not exist", async () => {
    const s = await Scene.create(cluster(), "no-image");
    // Nothing listens on port 1: a registry that refuses at once.
    const image = "127.0.0.1:1/none/none:1";
    await s.pod("p", { main: { image } });
    const refused = await s.until(Pod, "p", waitsFor("ErrImagePull"));
    expect(first(refused)?.state?.waiting?.message).toContain("connection refused");
    await s.event("p", "Pulling", `Pulling image "${image}"`);
    await s.event("p", "Failed", `Failed to pull image "${image}": `);
    await s.event("p", "Failed", "Error: ErrImagePull");
    const waiting = await s.until(Pod, "p", waitsFor("ImagePullBackOff"));
    expect(first(waiting)?.state?.waiting?.message).toContain(`Back-off pulling image "${image}"`);
    await s.event("p", "BackOff", `Back-off pulling image "${image}"`);
    expect(waiting.status?.phase).toBe("Pending");
    // The pod can be put right while it waits.
    const body = [{ op: "replace", path: "/spec/containers/0/image", value: "wherry-test/busybox:1" }];
    await s.client.patch(Pod, { name: "p", namespace: s.namespace }, { type: "json", body });
    await s.until(Pod, "p", (pod) => first(pod)?.ready);
  });

  const rows: [string, SceneSpec, string, string][] = [
    [
      "an image that may not be pulled",
      { main: { image: "wherry-test/none:1", imagePullPolicy: "Never" } },
      "ErrImageNeverPull",
      'Container image "wherry-test/none:1" is not present with pull policy of Never',
    ],
    ["a name that no image can have", { main: { image: "Not An Image" } }, "InvalidImageName", "invalid reference format"],
    [
      "root, where root is forbidden",
      { securityContext: { runAsNonRoot: true } },
      "CreateContainerConfigError",
      "container has runAsNonRoot and image will run as root",
    ],
    [
      "a key that its map does not have",
      { main: { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "kube-root-ca.crt", key: "none" } } }] } },
      "CreateContainerConfigError",
      "couldn't find key none in ConfigMap",
    ],
    [
      "a secret that is not there",
      { main: { envFrom: [{ secretRef: { name: "none" } }] } },
      "CreateContainerConfigError",
      'secret "none" not found',
    ],
  ];
  it.concurrent.each(rows)("%s", async (what, spec, reason, message) => {
    const s = await Scene.create(cluster(), what.replaceAll(/[^a-z]+/g, "-"));
    await s.pod("p", spec);
    const pod = await s.until(Pod, "p", waitsFor(reason));
    expect(first(pod)?.state?.waiting?.message).toContain(message);
    await s.event("p", "Failed", `Error: ${reason === "CreateContainerConfigError" ? message : reason}`);
  });

  it.concurrent("a map that is not there yet: the pod starts once it is", async () => {
    const s = await Scene.create(cluster(), "late-map");
    const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "late", key: "a" } } }];
    await s.pod("p", { main: { env, command: ["sh", "-c", "echo $A"] } });
    const pod = await s.until(Pod, "p", waitsFor("CreateContainerConfigError"));
    expect(first(pod)?.state?.waiting?.message).toBe('configmap "late" not found');
    await s.create(ConfigMap, { metadata: { name: "late" }, data: { a: "here" } });
    expect((await s.ended("p")).status?.phase).toBe("Succeeded");
    expect(await s.logs("p")).toBe("here\n");
  });

  it.concurrent("a program that is not there", async () => {
    const s = await Scene.create(cluster(), "no-program");
    await s.pod("never", { main: { command: ["/no/such/program"] } });
    await s.pod("always", { restartPolicy: "Always", main: { command: ["/no/such/program"] } });
    const failed = await s.ended("never");
    expect(failed.status?.phase).toBe("Failed");
    expect(first(failed)?.state?.terminated).toMatchObject({
      message: expect.stringContaining('"/no/such/program": stat /no/such/program: no such file or directory'),
    });
    await s.event("always", "Failed", "Error: ");
    await s.until(Pod, "always", waitsFor("RunContainerError"));
    await s.until(Pod, "always", (pod) => waitsFor("CrashLoopBackOff")(pod) && (first(pod)?.restartCount ?? 0) > 0);
  });

  it.concurrent("more memory than the limit", async () => {
    const s = await Scene.create(cluster(), "memory");
    const main = {
      command: ["sh", "-c", "a=$(head -c 100000000 /dev/zero | tr '\\0' x); echo survived"],
      resources: { limits: { memory: "16Mi" } },
    };
    await s.pod("p", { main });
    // Engines hear of it beside the exit, and may tell it later than that.
    const told = await s.until(Pod, "p", (pod) => first(pod)?.state?.terminated?.reason === "OOMKilled");
    expect(first(told)?.state?.terminated).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
  });

  const unplaceable: [string, SceneSpec, string][] = [
    ["more cpu than there is", { main: { resources: { requests: { cpu: "1000" } } } }, "1 Insufficient cpu."],
    ["more memory than there is", { main: { resources: { requests: { memory: "900Ti" } } } }, "1 Insufficient memory."],
    ["a label that no node has", { nodeSelector: { disk: "ssd" } }, "1 node(s) didn't match Pod's node affinity/selector."],
  ];
  it.concurrent.each(unplaceable)("%s", async (what, spec, message) => {
    const s = await Scene.create(cluster(), what.replaceAll(" ", "-"));
    await s.pod("p", spec);
    const pending = await s.until(Pod, "p", (pod) => pod.status?.conditions?.some((c) => c.reason === "Unschedulable"));
    const why = `0/1 nodes are available: ${message}`;
    expect(pending.status?.conditions).toMatchObject([{ type: "PodScheduled", status: "False", message: expect.stringContaining(why) }]);
    await s.event("p", "FailedScheduling", why);
  });

  it.concurrent("a port of the node that another pod has", async () => {
    const s = await Scene.create(cluster(), "host-port");
    const spec: SceneSpec = { main: { ports: [{ containerPort: 80, hostPort: 31110 }] } };
    await s.ready("first", spec);
    await s.pod("second", spec);
    await s.event("second", "FailedScheduling", "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.");
    await s.client.delete(Pod, { name: "first", namespace: s.namespace });
    await s.until(Pod, "second", (pod) => first(pod)?.ready);
  });
});
