import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ConfigMap, type Pod, ServiceAccount } from "@wherry/api";
import { FakeClock, silentLogger } from "@wherry/base";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";
import { TokenKeeper } from "./token-keeper.ts";

const at = withNode(startControlPlane);
const isRunning = (pod: Pod) => pod.status?.phase === "Running";
const LIFE_SECONDS = 600;

const account = () => at.client.create(ServiceAccount, { metadata: { name: "default", namespace: "default" } });

/** Runs a pod with what every pod gets; gives where it is. */
async function mounted(spec: Partial<Pod["spec"]> = {}): Promise<string> {
  const sources = [
    { serviceAccountToken: { path: "token", expirationSeconds: LIFE_SECONDS } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
  ];
  await at.client.create(ConfigMap, { metadata: { name: "kube-root-ca.crt", namespace: "default" }, data: { "ca.crt": "PEM" } });
  await at.node.run("web", {
    volumes: [{ name: "v", projected: { sources } }],
    containers: [{ name: "main", image: "app:v1", volumeMounts: [{ name: "v", mountPath: "/v" }] }],
    ...spec,
  });
  await at.node.until("web", isRunning);
  return at.node.runtime.spec((await at.node.running("web")).id)!.mounts.find((m) => m.target === "/v")!.source;
}

const read = (source: string, name: string) => readFileSync(join(source, name), "utf8");
const claims = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

describe("a pod's token", () => {
  it("is its account's, bound to it, and in memory only", async () => {
    await account();
    const source = await mounted();
    expect(source.startsWith(join(at.node.dataDir, "memory"))).toBe(true);
    expect([read(source, "ca.crt"), read(source, "namespace")]).toEqual(["PEM", "default"]);
    const { uid } = (await at.node.until("web", isRunning)).metadata;
    expect(claims(read(source, "token"))).toMatchObject({
      sub: "system:serviceaccount:default:default",
      "kubernetes.io": { pod: { name: "web", uid }, node: { name: "n1" } },
    });
    expect(statSync(join(source, "token")).mode & 0o777).toBe(0o644);
  });

  it("is replaced when less than a fifth of its life is left, without a restart", async () => {
    await account();
    const source = await mounted();
    const first = read(source, "token");
    // The last ten seconds before are spread over the pods.
    await at.clock.advance((LIFE_SECONDS * 0.8 - 11) * 1000);
    expect(read(source, "token")).toBe(first);
    await at.clock.advance(12_000);
    const second = await at.node.eventually("the next token", () => (read(source, "token") === first ? undefined : read(source, "token")));
    expect(claims(second).exp).toBeGreaterThan(claims(first).exp);
    expect(await at.node.containers("web")).toHaveLength(1);
  });

  it("is kept while no other can be had", async () => {
    await account();
    const source = await mounted();
    const first = read(source, "token");
    await at.client.delete(ServiceAccount, { name: "default", namespace: "default" });
    await at.clock.advance(LIFE_SECONDS * 0.8 * 1000);
    await at.clock.advance(10_000);
    expect(read(source, "token")).toBe(first);
    await account();
    await at.node.eventually("the next token", () => {
      void at.clock.advance(1_000);
      return read(source, "token") !== first;
    });
  });

  it("is waited for, in the kubelet's words", async () => {
    const started = mounted();
    await at.node.untilEvent(
      "web",
      /^FailedMount: MountVolume.SetUp failed for volume "v" : failed to fetch token: serviceaccounts "default" not found$/,
    );
    await account();
    const end = at.node.eventually("the start", () => {
      void at.clock.advance(1_000);
      return at.node.pods.lister.get("web", "default")?.status?.phase === "Running";
    });
    await Promise.all([started, end]);
  });

  it("is not asked for over and over when the node's clock is ahead of the server's", async () => {
    await account();
    const pod = await at.node.run("web");
    const clock = new FakeClock(at.clock.now() + 3_600_000);
    const keeper = new TokenKeeper({ client: at.client, clock, log: silentLogger });
    const { token, refreshAt } = await keeper.get(pod, { path: "token", expirationSeconds: LIFE_SECONDS });
    expect(refreshAt - clock.now()).toBe(10_000);
    expect((await keeper.get(pod, { path: "token", expirationSeconds: LIFE_SECONDS })).token).toBe(token);
  });

  it("is for the group of the pod only, if it has one", async () => {
    await account();
    const source = await mounted({ securityContext: { fsGroup: process.getgid!() } });
    expect(statSync(join(source, "token")).mode & 0o777).toBe(0o640);
    expect(statSync(join(source, "ca.crt")).mode & 0o777).toBe(0o644);
  });
});
