import { join } from "node:path";
import { versionedKubectls } from "@wherry/testkit/kubectl.ts";
import { expect, it } from "vitest";
import { kubectlPath, missing } from "./cluster.ts";
import { Kubectl, MANIFESTS } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";

const BINARIES = missing() ? [] : [kubectlPath(), ...versionedKubectls()];

describeOnCluster("kubectl of every version at hand", "e2e-versions", (cluster) => {
  it.concurrent.each(BINARIES)("%s", async (binary) => {
    const k = await Kubectl.inNamespace(cluster(), `by-${binary.split("/").at(-1)?.replaceAll(".", "-")}`, binary);

    await k.run("apply", "-f", join(MANIFESTS, "deployment.yaml"));
    expect(await k.refused("create", "--validate=strict", "-f", join(MANIFESTS, "deployment.yaml"))).toMatch(/AlreadyExists/);
    await k.run("rollout", "status", "deployment/hello", "--timeout=60s");
    expect(await k.run("apply", "--server-side", "-f", join(MANIFESTS, "deployment.yaml"))).toContain(
      "deployment.apps/hello serverside-applied",
    );
    await k.run("scale", "deployment/hello", "--replicas=1");
    await k.run("wait", "deployment/hello", "--for=jsonpath={.status.replicas}=1", "--timeout=60s");
    expect(await k.run("get", "pods", "-o", "wide")).toMatch(/^hello-\S+ +1\/1 +Running +0 /m);
    const before = (await k.run("get", "pods", "-o", "name")).trim().split("\n");
    await k.run("patch", "deployment", "hello", "-p", '{"spec":{"template":{"metadata":{"annotations":{"patched":"yes"}}}}}');
    await k.run("rollout", "status", "deployment/hello", "--timeout=60s");
    // Of several pods kubectl takes the oldest one that runs, also when it is on its way out.
    await k.run("wait", "--for=delete", "--timeout=60s", ...before);
    await k.run("logs", "deployment/hello");
    expect(await k.run("exec", "deployment/hello", "--", "hostname")).toMatch(/^hello-/);
    expect(await k.run("explain", "pod.spec.restartPolicy")).toMatch(/Restart policy for all containers within the pod/);
    await k.run("delete", "deployment,service", "hello");
  });
});
