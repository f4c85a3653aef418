import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildImages } from "@wherry/images/build.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerSocket, kubectlPath, missing, run, TestCluster } from "./cluster.ts";
import { Kubectl, MANIFESTS } from "./kubectl.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of kubectl's versions do not run: ${why}`);

/** kubectl itself, and those of other versions that a Google Cloud SDK brings along as `kubectl.1.29`. */
async function binaries(): Promise<string[]> {
  const found = await run("sh", ["-c", "command -v gcloud"]);
  const folders = ["/usr/lib/google-cloud-sdk/bin", ...(found.code === 0 ? [dirname(realpathSync(found.stdout.trim()))] : [])];
  const others = [...new Set(folders)]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  return [kubectlPath(), ...others.filter((path) => /\/kubectl\.1\.\d+$/.test(path)).toSorted()];
}

describe.skipIf(why)("kubectl of every version at hand", async () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    await buildImages(["busybox"], dockerSocket());
    cluster = await TestCluster.create("e2e-versions");
    await cluster.up();
  });
  afterAll(() => cluster?.remove());

  it.concurrent.each(why ? [] : await binaries())("%s", async (binary) => {
    const { clientVersion } = JSON.parse((await run(binary, ["version", "--client", "-o", "json"])).stdout);
    const minor = Number.parseInt(clientVersion.minor, 10);
    const k = await Kubectl.inNamespace(cluster, `by-${binary.split("/").at(-1)?.replaceAll(".", "-")}`, binary);

    await k.run("apply", "-f", join(MANIFESTS, "deployment.yaml"));
    expect(await k.refused("create", "--validate=strict", "-f", join(MANIFESTS, "deployment.yaml"))).toMatch(/AlreadyExists/);
    await k.run("rollout", "status", "deployment/hello", "--timeout=60s");
    await k.run("scale", "deployment/hello", "--replicas=1");
    await k.run("wait", "deployment/hello", "--for=jsonpath={.status.replicas}=1", "--timeout=60s");
    expect(await k.run("get", "pods", "-o", "wide")).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE.*\nhello-\S+ +1\/1 +Running/);
    await k.run("patch", "deployment", "hello", "-p", '{"spec":{"template":{"metadata":{"annotations":{"patched":"yes"}}}}}');
    await k.run("rollout", "status", "deployment/hello", "--timeout=60s");
    await k.run("logs", "deployment/hello");
    const executed = await k.try(["exec", "deployment/hello", "--", "hostname"]);
    if (minor >= 30) expect(executed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^hello-/) });
    else expect(executed.stderr).toMatch(/only WebSocket is served/);
    expect(await k.run("explain", "pod.spec.restartPolicy")).toMatch(/Restart policy for all containers within the pod/);
    await k.run("delete", "deployment,service", "hello");
  });
});
