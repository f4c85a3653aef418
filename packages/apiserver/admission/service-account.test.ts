import { Pod, ServiceAccount } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane({ server: { mountTokens: true } });
});
afterEach(() => plane.close());

const PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const at = (name: string) => ({ name, namespace: "default" });
const account = (name: string, more: Partial<ServiceAccount> = {}) => plane.client.create(ServiceAccount, { metadata: at(name), ...more });
const pod = async (spec: Partial<Pod["spec"]> = {}, annotations = {}) =>
  (await plane.client.create(Pod, { metadata: { ...at("p"), annotations }, spec: { containers: [{ name: "c", image: "i" }], ...spec } }))
    .spec;

it("every container gets the token, the CA and the namespace", async () => {
  await account("default");
  const spec = await pod({ initContainers: [{ name: "i", image: "i" }] });
  const [volume] = spec.volumes ?? [];
  expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
  expect(volume?.projected).toEqual({
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
    ],
  });
  const mount = { name: volume?.name, readOnly: true, mountPath: PATH };
  expect([...spec.initContainers!, ...spec.containers].map((c) => c.volumeMounts)).toEqual([[mount], [mount]]);
});

it("a container that mounts something there keeps that", async () => {
  const own = { name: "own", mountPath: PATH };
  const spec = await pod({
    volumes: [{ name: "own", emptyDir: {} }],
    containers: [{ name: "c", image: "i", volumeMounts: [own] }],
  });
  expect(spec.volumes).toHaveLength(1);
  expect(spec.containers[0]?.volumeMounts).toEqual([own]);
});

it.each<[string, boolean | undefined, boolean | undefined, boolean]>([
  ["the pod says no", undefined, false, false],
  ["the account says no", false, undefined, false],
  ["the pod says yes, and the account no", false, true, true],
  ["nobody says anything", undefined, undefined, true],
])("%s: account %s, pod %s, mounted %s", async (_, ofAccount, ofPod, isMounted) => {
  await account("default", { ...(ofAccount !== undefined && { automountServiceAccountToken: ofAccount }) });
  const spec = await pod({ ...(ofPod !== undefined && { automountServiceAccountToken: ofPod }) });
  expect(spec.volumes?.length ?? 0).toBe(isMounted ? 1 : 0);
});

it("a pod gets the pull secrets of its account, unless it has its own", async () => {
  await account("robot", { imagePullSecrets: [{ name: "registry" }] });
  expect((await pod({ serviceAccountName: "robot" })).imagePullSecrets).toEqual([{ name: "registry" }]);
  await plane.client.delete(Pod, at("p"), { gracePeriodSeconds: 0 });
  expect((await pod({ serviceAccountName: "robot", imagePullSecrets: [{ name: "own" }] })).imagePullSecrets).toEqual([{ name: "own" }]);
});

it("an account has to be there; the default one may be on its way", async () => {
  await expect(pod({ serviceAccountName: "nobody" })).rejects.toThrow(
    'pods "p" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
  );
  expect((await pod()).volumes).toHaveLength(1);
});

it("a mirror of a static pod has no token", async () => {
  expect((await pod({ nodeName: "n1" }, { "kubernetes.io/config.mirror": "x" })).volumes).toBeUndefined();
});
