import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { Kubectl } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";

const MANIFESTS = join(ROOT, "testdata", "workloads");

const version = (name: string) =>
  `{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"VERSION","value":"${name}"}]}]}}}}`;
const VERSIONS = "jsonpath={range .items[*]}{.metadata.name}={.spec.containers[0].env[0].value} {end}";

describeOnCluster("workloads, with kubectl", "e2e-workloads", (cluster) => {
  it.concurrent("a DaemonSet comes to a node when that gets its label, rolls out, and goes back", async () => {
    const k = await Kubectl.inNamespace(cluster(), "daemons");
    const node = (await k.run("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}")).trim();
    await k.run("apply", "-f", join(MANIFESTS, "daemonset.yaml"));
    await k.run("rollout", "status", "daemonset/agent", "--timeout=60s");
    expect(await k.run("get", "daemonset", "agent", "--no-headers")).toMatch(/^agent +0 +0 +0 +0 +0 +wherry-test\/disk=ssd /);
    await k.run("label", "node", node, "wherry-test/disk=ssd");
    await k.run("wait", "daemonset/agent", "--for=jsonpath={.status.numberReady}=1", "--timeout=60s");
    await k.run("patch", "daemonset", "agent", "-p", version("two"));
    await k.run("rollout", "status", "daemonset/agent", "--timeout=60s");
    expect(await k.run("get", "pods", "-o", VERSIONS, "--field-selector=status.phase=Running")).toMatch(/^agent-\w+=two $/);
    expect(await k.run("rollout", "history", "daemonset/agent")).toMatch(/^1 +<none>\n2 +<none>$/m);
    await k.run("rollout", "undo", "daemonset/agent");
    await k.run("rollout", "status", "daemonset/agent", "--timeout=60s");
    await eventually(async () => /^agent-\w+=one $/.test(await k.run("get", "pods", "-o", VERSIONS)));
    expect(await k.run("rollout", "history", "daemonset/agent")).toMatch(/^2 +<none>\n3 +<none>$/m);
    await k.run("label", "node", node, "wherry-test/disk-");
    await eventually(async () => (await k.run("get", "pods", "-o", "name")) === "");
  });

  it.concurrent("a StatefulSet has names, claims and an order", async () => {
    const k = await Kubectl.inNamespace(cluster(), "stateful");
    const starts = async (pod: string) => (await k.run("exec", pod, "--", "cat", "/data/starts")).trim().split("\n");
    await k.run("apply", "-f", join(MANIFESTS, "statefulset.yaml"));
    await k.run("rollout", "status", "statefulset/web", "--timeout=90s");
    expect(await k.run("get", "statefulset", "web", "--no-headers")).toMatch(/^web +2\/2 /);
    const created = await k.run("get", "pods", "--sort-by=.metadata.creationTimestamp", "-o", "name");
    expect(created).toBe("pod/web-0\npod/web-1\n");
    expect(await k.run("get", "pvc", "-o", "name")).toBe("persistentvolumeclaim/data-web-0\npersistentvolumeclaim/data-web-1\n");

    const address = (await k.run("get", "pod", "web-1", "-o", "jsonpath={.status.podIP}")).trim();
    await eventually(async () =>
      (await k.run("exec", "web-0", "--", "nslookup", "web-1.web.stateful.svc.cluster.local")).includes(address),
    );
    expect(await k.run("exec", "web-0", "--", "wget", "-q", "-O", "-", "http://web-1.web:8080/starts")).toBe("web-1\n");

    const before = await k.run("get", "pod", "web-0", "-o", "jsonpath={.metadata.uid}");
    await k.run("delete", "pod", "web-0");
    await eventually(async () => (await k.run("get", "pod", "web-0", "-o", "jsonpath={.metadata.uid}")) !== before);
    await k.run("wait", "pod/web-0", "--for=condition=Ready", "--timeout=60s");
    expect(await starts("web-0")).toEqual(["web-0", "web-0"]);

    await k.run("patch", "statefulset", "web", "-p", '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":1}}}}');
    await k.run("patch", "statefulset", "web", "-p", version("two"));
    await k.run("rollout", "status", "statefulset/web", "--timeout=60s");
    expect(await k.run("get", "pods", "-o", VERSIONS)).toBe("web-0=one web-1=two ");
    await k.run("patch", "statefulset", "web", "-p", '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}');
    await k.run("rollout", "status", "statefulset/web", "--timeout=60s");
    await k.run("rollout", "undo", "statefulset/web");
    await k.run("rollout", "status", "statefulset/web", "--timeout=60s");
    expect(await k.run("get", "pods", "-o", VERSIONS)).toBe("web-0=one web-1=one ");

    await k.run("scale", "statefulset/web", "--replicas=1");
    await k.run("wait", "pod/web-1", "--for=delete", "--timeout=60s");
    expect(await k.run("get", "pvc", "-o", "name")).toContain("data-web-1");
    await k.run("scale", "statefulset/web", "--replicas=2");
    await k.run("rollout", "status", "statefulset/web", "--timeout=60s");
    expect((await starts("web-1")).length).toBe(4);
    await k.run("delete", "statefulset", "web");
    await eventually(async () => (await k.run("get", "pods", "-o", "name")) === "");
  });
});
