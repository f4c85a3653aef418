import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ConfigMap, Pod, Secret, type Volume } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";

const at = withNode(startControlPlane);
const image = "app:v1";
const isRunning = (pod: Pod) => pod.status?.phase === "Running";
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Runs a pod with one volume at /v, and gives what is mounted there. */
async function mounted(volume: Omit<Volume, "name">, spec: Partial<Pod["spec"]> = {}): Promise<{ source: string; readOnly: boolean }> {
  const volumeMounts = [{ name: "v", mountPath: "/v" }];
  await at.node.run("web", { volumes: [{ name: "v", ...volume }], containers: [{ name: "main", image, volumeMounts }], ...spec });
  await at.node.until("web", isRunning);
  return at.node.runtime.spec((await at.node.running("web")).id)!.mounts.find((m) => m.target === "/v")!;
}

const configMap = (data: Record<string, string>) => ({ metadata: { name: "config", namespace: "default" }, data });

describe("volumes", () => {
  it("emptyDir is a directory that everybody may write to, and goes with the pod", async () => {
    const { source, readOnly } = await mounted({ emptyDir: {} });
    expect(statSync(source).mode & 0o777).toBe(0o777);
    expect(readOnly).toBe(false);
    await at.client.delete(Pod, { name: "web", namespace: "default" });
    await at.node.untilGone("web");
    await at.node.eventually("a clean directory", () => readdirSync(join(at.node.dataDir, "pods")).length === 0);
  });

  it("emptyDir in memory is a tmpfs", async () => {
    const { source } = await mounted({ emptyDir: { medium: "Memory", sizeLimit: "16Mi" } });
    expect(at.node.mounter.mounts.get(source)).toBe("tmpfs");
    await at.client.delete(Pod, { name: "web", namespace: "default" });
    await at.node.untilGone("web");
    await at.node.eventually("the unmount", () => !at.node.mounter.mounts.has(source));
  });

  it("a ConfigMap's files follow the object, without a restart", async () => {
    await at.client.create(ConfigMap, configMap({ colour: "blue", size: "s" }));
    const { source, readOnly } = await mounted({ configMap: { name: "config" } });
    expect(readOnly).toBe(true);
    expect(readFileSync(join(source, "colour"), "utf8")).toBe("blue");
    await at.client.patch(
      ConfigMap,
      { name: "config", namespace: "default" },
      { type: "merge", body: { data: { colour: "red", size: null } } },
    );
    await at.node.eventually("the new colour", () => readFileSync(join(source, "colour"), "utf8") === "red");
    expect(readdirSync(source).filter((name) => !name.startsWith(".."))).toEqual(["colour"]);
    expect((await at.node.containers("web")).length).toBe(1);
  });

  it("a pod waits for its ConfigMap, and starts the moment it is there", async () => {
    const volumes = [{ name: "v", configMap: { name: "config" } }];
    await at.node.run("web", { volumes, containers: [{ name: "main", image, volumeMounts: [{ name: "v", mountPath: "/v" }] }] });
    await at.node.untilEvent("web", /^FailedMount: MountVolume.SetUp failed for volume "v" : configmap "config" not found$/);
    await at.clock.advance(200);
    const pod = await at.node.until("web", (p) => p.status?.containerStatuses !== undefined);
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("ContainerCreating");
    await at.client.create(ConfigMap, configMap({ a: "1" }));
    await at.node.until("web", isRunning);
  });

  it("a Secret's files are in memory, with the mode that is asked for", async () => {
    await at.client.create(Secret, { metadata: { name: "secret", namespace: "default" }, data: { password: base64("hunter2") } });
    const { source } = await mounted({
      secret: { secretName: "secret", defaultMode: 0o400, items: [{ key: "password", path: "db/password" }] },
    });
    expect(source.startsWith(join(at.node.dataDir, "memory"))).toBe(true);
    expect(readFileSync(join(source, "db/password"), "utf8")).toBe("hunter2");
    expect(statSync(join(source, "db/password")).mode & 0o777).toBe(0o400);
  });

  it("the downward API shows the pod's labels as they are now", async () => {
    const items = [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }];
    const { source } = await mounted({ downwardAPI: { items } });
    await at.client.patch(Pod, { name: "web", namespace: "default" }, { type: "merge", body: { metadata: { labels: { a: "1" } } } });
    await at.node.eventually("the label", () => readFileSync(join(source, "labels"), "utf8") === 'a="1"');
  });

  it("a projected volume is all of its sources", async () => {
    await at.client.create(ConfigMap, configMap({ a: "1" }));
    await at.client.create(Secret, { metadata: { name: "secret", namespace: "default" }, data: { b: base64("2") } });
    const sources = [
      { configMap: { name: "config" } },
      { secret: { name: "secret", items: [{ key: "b", path: "sub/b" }] } },
      { downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] } },
    ];
    const { source } = await mounted({ projected: { sources } });
    expect(["a", "sub/b", "name"].map((name) => readFileSync(join(source, name), "utf8"))).toEqual(["1", "2", "web"]);
  });

  it.each([
    ["Directory", "hostPath type check failed: /nowhere-at-all is not a directory"],
    ["File", "hostPath type check failed: /nowhere-at-all is not a file"],
    ["Socket", "hostPath type check failed: /nowhere-at-all is not a socket file"],
    ["CharDevice", "hostPath type check failed: /nowhere-at-all is not a character device"],
    ["BlockDevice", "hostPath type check failed: /nowhere-at-all is not a block device"],
  ])("hostPath of type %s is checked", async (type, message) => {
    await at.node.run("web", { volumes: [{ name: "v", hostPath: { path: "/nowhere-at-all", type } }] });
    await at.node.untilEvent("web", new RegExp(`FailedMount: MountVolume.SetUp failed for volume "v" : ${message}$`));
    const pod = await at.node.until("web", (p) => p.status?.containerStatuses !== undefined);
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("ContainerCreating");
  });

  it("hostPath is made where it may be, and never removed", async () => {
    const path = join(at.node.dataDir, "mine");
    const { source } = await mounted({ hostPath: { path, type: "DirectoryOrCreate" } });
    expect(source).toBe(path);
    await at.client.delete(Pod, { name: "web", namespace: "default" });
    await at.node.untilGone("web");
    await at.node.eventually("a clean directory", () => readdirSync(join(at.node.dataDir, "pods")).length === 0);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it("fsGroup owns what the pod may write", async () => {
    const gid = process.getgid!();
    const { source } = await mounted({ emptyDir: {} }, { securityContext: { fsGroup: gid } });
    expect(statSync(source).mode & 0o2777).toBe(0o2777);
    expect(statSync(source).gid).toBe(gid);
    expect(at.node.runtime.spec((await at.node.running("web")).id)!.security.groups).toEqual([String(gid)]);
  });

  it("the node writes /etc/hosts, /etc/hostname and /etc/resolv.conf", async () => {
    await at.node.run("web", { hostname: "db-0", subdomain: "db", hostAliases: [{ ip: "10.0.0.1", hostnames: ["a", "b"] }] });
    const pod = await at.node.until("web", isRunning);
    const { mounts, hostname } = at.node.runtime.spec((await at.node.running("web")).id)!;
    const read = (target: string) => readFileSync(mounts.find((m) => m.target === target)!.source, "utf8");
    expect(hostname).toBe("db-0");
    expect(read("/etc/hosts")).toContain(`${pod.status!.podIP}\tdb-0.db.default.svc.cluster.local\tdb-0\n`);
    expect(read("/etc/hostname")).toBe("db-0\n");
    expect(read("/etc/hosts")).toContain("# Entries added by HostAliases.\n10.0.0.1\ta\tb\n");
    expect(read("/etc/resolv.conf")).toMatch(
      /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local.*\nnameserver 10\.96\.0\.10\n/,
    );
    expect(read("/etc/resolv.conf")).toContain("options ndots:5");
  });
});
