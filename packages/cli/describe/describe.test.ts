import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiObject } from "@wherry/machinery";
import { kubeconfigYaml } from "@wherry/pki";
import { newestKubectl } from "@wherry/testkit/kubectl.ts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { describe as describeVerb } from "../verbs/describe.ts";
import { type ReadOnlyApi, readObjects, type ServedKind, serveObjects } from "./testing.ts";

// The same objects described by kubectl and by wherry, byte for byte. All ages are of half hours, which look the same for as long as a test may take.
const KUBECTL = newestKubectl(33);
if (!KUBECTL) console.warn("descriptions are not compared with kubectl's: none of version 1.33 or newer is installed");

const CLUSTER_SCOPED = new Set(
  ["Node", "Namespace", "PersistentVolume", "StorageClass", "CSINode", "IngressClass", "ClusterRole", "ClusterRoleBinding"].concat([
    "PriorityClass",
    "RuntimeClass",
    "CertificateSigningRequest",
  ]),
);

const objects = readObjects(join(import.meta.dirname, "testdata"), Date.now());
const kinds: ServedKind[] = [...new Map(objects.map((o) => [`${o.apiVersion}/${o.kind}`, o])).values()].map(({ apiVersion, kind }) => ({
  ...{ apiVersion, kind, namespaced: !CLUSTER_SCOPED.has(kind) },
  plural: pluralOf(kind.toLowerCase()),
}));

function pluralOf(name: string): string {
  if (name === "endpoints") return name;
  if (/(s|x|ch)$/.test(name)) return `${name}es`;
  return name.endsWith("y") ? `${name.slice(0, -1)}ies` : `${name}s`;
}

describe("describe, beside kubectl", () => {
  const folder = mkdtempSync(join(tmpdir(), "wherry-describe-"));
  const kubeconfig = join(folder, "kubeconfig");
  let api: ReadOnlyApi;

  beforeAll(async () => {
    // Not what an earlier server on the same port served.
    vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
    api = await serveObjects(kinds, objects);
    writeFileSync(kubeconfig, kubeconfigYaml({ server: api.url, ca: "", token: "x" }));
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await api?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const kubectl = (...args: string[]) =>
    new Promise<string>((resolve, reject) => {
      const child = spawn(KUBECTL ?? "kubectl", args, {
        env: { ...process.env, KUBECONFIG: kubeconfig, HOME: folder },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let text = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
      child.on("error", reject);
      child.on("close", () => resolve(text));
    });
  const wherry = async (words: string[], namespace?: string) => {
    let text = "";
    await describeVerb(words, { kubeconfig, ...(namespace && { namespace }) }, (more) => {
      text += more;
    });
    return text;
  };
  const typeOf = ({ apiVersion, kind }: ApiObject) => {
    const served = kinds.find((k) => k.apiVersion === apiVersion && k.kind === kind);
    return apiVersion.includes("/") ? `${served?.plural}.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : (served?.plural ?? "");
  };

  const described = objects.filter((o) => o.kind !== "Event");
  it.skipIf(!KUBECTL).each(described.map((o) => [`${o.kind} ${o.metadata.name}`, o] as const))("%s", async (_, object) => {
    const { name, namespace } = object.metadata;
    const words = [typeOf(object), name];
    const theirs = await kubectl("describe", ...words, ...(namespace ? ["-n", namespace] : []));
    expect(await wherry(words, namespace)).toBe(theirs);
  });

  it.skipIf(!KUBECTL).each([
    ["several of a kind", ["ingressclasses"], undefined],
    ["several kinds", ["roles,rolebindings"], "shop"],
    ["those whose names begin so", ["pods", "web-1"], "shop"],
    ["by type and name in one word", ["pod/plain", "configmap/settings"], "shop"],
  ] as const)("describes %s", async (_, words, namespace) => {
    const theirs = await kubectl("describe", ...words, ...(namespace ? ["-n", namespace] : []));
    expect(await wherry([...words], namespace)).toBe(theirs);
  });

  it("describes nothing when something is not there, and says all that is not", async () => {
    await expect(wherry(["pod/nobody", "pod/plain"], "shop")).rejects.toThrow('pods "nobody" not found');
    await expect(wherry(["pod/nobody", "pod/noone"], "shop")).rejects.toBeInstanceOf(AggregateError);
  });

  it("leaves the events out when told to, and does not ask for them", async () => {
    api.asked.length = 0;
    let text = "";
    await describeVerb(["pod", "plain"], { kubeconfig, namespace: "shop", showEvents: false }, (more) => {
      text += more;
    });
    expect(text).not.toContain("Events:");
    expect(api.asked.filter((path) => path.includes("/events"))).toEqual([]);
  });
});
