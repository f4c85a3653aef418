import { Pod, type Secret } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";
import { formatElapsed } from "./elapsed.ts";
import { normalizeReference, registryOf } from "./reference.ts";
import { registryAuth } from "./registry-auth.ts";

const main = (pod: Pod) => pod.status?.containerStatuses?.[0];
const waitsFor = (reason: string) => (pod: Pod) => main(pod)?.state?.waiting?.reason === reason;

describe("references", () => {
  it.each([
    ["nginx", "nginx:latest"],
    ["nginx:1.27", "nginx:1.27"],
    ["registry.example:5000/a/b", "registry.example:5000/a/b:latest"],
    [`nginx@sha256:${"a".repeat(64)}`, `nginx@sha256:${"a".repeat(64)}`],
    [`sha256:${"a".repeat(64)}`, `sha256:${"a".repeat(64)}`],
    ["Nginx", undefined],
    ["a b", undefined],
    ["", undefined],
  ])("%j is %j", (given, expected) => {
    expect(normalizeReference(given)).toBe(expected);
  });

  it("have a registry", () => {
    expect(["nginx", "library/nginx", "ghcr.io/a/b", "localhost/a"].map(registryOf)).toEqual([
      "docker.io",
      "docker.io",
      "ghcr.io",
      "localhost",
    ]);
  });

  it("take a time that is written as Go does", () => {
    expect([12, 2_314, 64_200].map(formatElapsed)).toEqual(["12ms", "2.314s", "1m4.2s"]);
  });
});

describe("registryAuth", () => {
  const secret = (auths: object) =>
    ({
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64") },
    }) as unknown as Secret;

  it("finds the registry's own", () => {
    const auth = Buffer.from("me:pass:word").toString("base64");
    const secrets = [secret({ "https://index.docker.io/v1/": { auth }, "ghcr.io": { username: "u", password: "p" } })];
    expect(registryAuth("nginx", secrets)).toMatchObject({ username: "me", password: "pass:word" });
    expect(registryAuth("ghcr.io/a/b", secrets)).toMatchObject({ username: "u", password: "p" });
    expect(registryAuth("quay.io/a/b", secrets)).toBeUndefined();
  });

  it("passes over what is malformed", () => {
    expect(registryAuth("nginx", [{ data: {} } as Secret, { data: { ".dockerconfigjson": "!" } } as unknown as Secret])).toBeUndefined();
  });
});

describe("an image", () => {
  const at = withNode(startControlPlane, { registry: ["big:v1"], pullMs: 5_000 });
  const run = (image: string, imagePullPolicy = "IfNotPresent") =>
    at.node.run("web", { containers: [{ name: "main", image, imagePullPolicy }] });

  it("is pulled, and its progress can be followed", async () => {
    await run("big:v1");
    await at.node.untilEvent("web", /^Pulling: Pulling image "big:v1"$/);
    await at.clock.advance(2_000);
    await at.node.untilEvent("web", /^Pulling: Pulling image "big:v1": 0 of 1 layers, 0\.0 MiB of 1\.0 MiB$/);
    await at.clock.advance(3_000);
    await at.node.until("web", (p) => p.status?.phase === "Running");
    await at.node.untilEvent(
      "web",
      /^Pulled: Successfully pulled image "big:v1" in 5s \(5s including waiting\)\. Image size: 1048576 bytes\.$/,
    );
  });

  it("that does not exist is asked for again, later and later", async () => {
    await run("nowhere:v1");
    await at.node.untilEvent("web", /^Pulling: /);
    await at.clock.advance(5_000);
    const pod = await at.node.until("web", waitsFor("ErrImagePull"));
    expect(main(pod)?.state?.waiting?.message).toContain("pull access denied for nowhere");
    expect(pod.status?.phase).toBe("Pending");
    await at.node.untilEvent("web", /^Failed: Failed to pull image "nowhere:v1": pull access denied/);
    await at.clock.advance(5_100);
    await at.node.until("web", waitsFor("ImagePullBackOff"));
    await at.node.untilEvent("web", /^BackOff: Back-off pulling image "nowhere:v1"$/);
    expect(at.node.runtime.calls.get("pullImage")).toBe(1);
    await at.clock.advance(5_000);
    await at.node.eventually("another try", () => at.node.runtime.calls.get("pullImage") === 2);
  });

  it("that must be there and is not says so", async () => {
    await run("nowhere:v1", "Never");
    const pod = await at.node.until("web", waitsFor("ErrImageNeverPull"));
    expect(main(pod)?.state?.waiting?.message).toBe('Container image "nowhere:v1" is not present with pull policy of Never');
  });

  it("that is no reference says so", async () => {
    await run("Not A Reference");
    const pod = await at.node.until("web", waitsFor("InvalidImageName"));
    expect(main(pod)?.state?.waiting?.message).toContain('couldn\'t parse image name "Not A Reference"');
  });

  it("is pulled each time when the policy says so", async () => {
    await run("app:v1", "Always");
    await at.node.untilEvent("web", /^Pulling: /);
  });

  it("that is being pulled does not keep the pod from being deleted", async () => {
    await run("big:v1");
    await at.node.untilEvent("web", /^Pulling: /);
    await at.client.delete(Pod, { name: "web", namespace: "default" });
    await at.node.untilGone("web");
  });
});
