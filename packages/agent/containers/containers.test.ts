import { type Container, Pod } from "@wherry/api";
import type { Image } from "@wherry/runtime";
import { pod, stored } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { imageID } from "./image-id.ts";
import { containerResources } from "./resources.ts";
import { containerSecurity } from "./security.ts";
import { containerUser, supplementalGroups } from "./user.ts";

const GiB = 2 ** 30;
const image: Image = { id: "sha256:abc", tags: ["app:v1"], digests: [], sizeBytes: 1, user: "" };

function made(container: Partial<Container>, spec: Partial<Pod["spec"]> = {}): { pod: Pod; container: Container } {
  const web = stored(Pod, pod("web", { containers: [{ name: "main", image: "app:v1", ...container }], spec }));
  return { pod: web, container: web.spec.containers[0]! };
}

describe("resources", () => {
  it.each([
    ["none", {}, { cpuShares: 2, oomScoreAdj: 1000 }],
    ["a request", { requests: { cpu: "500m" } }, { cpuShares: 512, oomScoreAdj: 999 }],
    ["a small request", { requests: { cpu: "1m" } }, { cpuShares: 2, oomScoreAdj: 999 }],
    ["half of the memory", { requests: { memory: "4Gi" } }, { cpuShares: 2, oomScoreAdj: 500 }],
    ["a limit of cpu", { limits: { cpu: "250m" } }, { cpuShares: 256, cpuPeriod: 100_000, cpuQuota: 25_000, oomScoreAdj: 999 }],
    ["a tiny limit", { limits: { cpu: "1m" } }, { cpuShares: 2, cpuPeriod: 100_000, cpuQuota: 1_000, oomScoreAdj: 999 }],
    [
      "everything",
      { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } },
      { cpuShares: 1024, cpuPeriod: 100_000, cpuQuota: 100_000, memoryBytes: GiB, oomScoreAdj: -997 },
    ],
  ])("%s", (_, resources, expected) => {
    const { pod, container } = made({ resources });
    expect(containerResources(pod, container, 8 * GiB)).toEqual(expected);
  });
});

describe("a container's user", () => {
  const uid = "pod-default-web";
  it.each([
    ["the image's", {}, {}, "", undefined],
    ["the pod's", {}, { runAsUser: 1000 }, "", "1000"],
    ["its own", { runAsUser: 7 }, { runAsUser: 1000, runAsGroup: 8 }, "", "7:8"],
    ["the image's with a group", { runAsGroup: 8 }, {}, "www:web", "www:8"],
    ["root with a group", { runAsGroup: 8 }, {}, "", "0:8"],
    ["not root", { runAsNonRoot: true }, {}, "1000", undefined],
  ])("%s", (_, own, ofPod, user, expected) => {
    const { pod, container } = made({ securityContext: own }, { securityContext: ofPod });
    expect(containerUser(pod, container, { ...image, user })).toBe(expected);
  });

  it.each([
    [{ runAsNonRoot: true }, "", "container has runAsNonRoot and image will run as root"],
    [{ runAsNonRoot: true }, "0", "container has runAsNonRoot and image will run as root"],
    [{ runAsNonRoot: true }, "www", "container has runAsNonRoot and image has non-numeric user (www), cannot verify user is non-root"],
    [{ runAsNonRoot: true, runAsUser: 0 }, "", "container's runAsUser breaks non-root policy"],
  ])("%j in an image of %j is refused", (securityContext, user, message) => {
    const { pod, container } = made({ securityContext });
    const where = `(pod: "web_default(${uid})", container: main)`;
    expect(() => containerUser(pod, container, { ...image, user })).toThrow(`${message} ${where}`);
  });

  it("is in the pod's groups", () => {
    expect(supplementalGroups(made({}, { securityContext: { supplementalGroups: [1, 2], fsGroup: 2 } }).pod)).toEqual(["1", "2"]);
  });
});

describe("security", () => {
  const of = async (own: Container["securityContext"], spec: Partial<Pod["spec"]> = {}) => {
    const { pod, container } = made({ ...(own && { securityContext: own }) }, spec);
    return containerSecurity(pod, container, image, "/nowhere");
  };

  it("is the engine's default where nothing is said", async () => {
    expect(await of(undefined)).toEqual({
      privileged: false,
      readOnlyRootFilesystem: false,
      noNewPrivileges: false,
      addCapabilities: [],
      dropCapabilities: [],
    });
  });

  it("is what the container says, over what its pod says", async () => {
    const own = {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { add: ["CAP_NET_ADMIN", "SYS_TIME"], drop: ["ALL"] },
      seccompProfile: { type: "Unconfined" },
      procMount: "Unmasked",
    };
    expect(await of(own, { hostUsers: false, securityContext: { seccompProfile: { type: "RuntimeDefault" } } })).toMatchObject({
      noNewPrivileges: true,
      readOnlyRootFilesystem: true,
      addCapabilities: ["NET_ADMIN", "SYS_TIME"],
      dropCapabilities: ["ALL"],
      seccomp: "unconfined",
      maskedPaths: [],
      readOnlyPaths: [],
    });
  });

  it.each(["missing.json", "../outside.json"])("refuses the seccomp profile %s", async (localhostProfile) => {
    await expect(of({ seccompProfile: { type: "Localhost", localhostProfile } })).rejects.toThrow(/seccomp/);
  });
});

describe("imageID", () => {
  it("is the digest where there is one", () => {
    expect(imageID(image)).toBe("docker://sha256:abc");
    expect(imageID({ ...image, digests: ["app@sha256:def"] })).toBe("docker-pullable://app@sha256:def");
  });
});
