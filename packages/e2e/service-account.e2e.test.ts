import { existsSync } from "node:fs";
import { ClusterRole, ClusterRoleBinding, Pod, ServiceAccount, type Volume } from "@wherry/api";
import { expect, it } from "vitest";
import { describeOnCluster } from "./on-cluster.ts";
import { Scene, type SceneSpec } from "./scene.ts";

const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount";
const PYTHON = "/usr/bin/python3";
/** The host's Python with Debian's python3-kubernetes: its programs and libraries, and nothing else of the host. */
const FOLDERS = ["/usr", "/lib", "/lib64"].filter((path) => existsSync(path));

/** A pod that runs this Python program. */
function python(program: string): SceneSpec {
  const volumes = FOLDERS.map((path, i): Volume => ({ name: `host-${i}`, hostPath: { path } }));
  const volumeMounts = FOLDERS.map((mountPath, i) => ({ name: `host-${i}`, mountPath, readOnly: true }));
  return { volumes, main: { command: [PYTHON, "-c", program], volumeMounts } };
}

const ASK_BY_NAME = `
import json, ssl, urllib.request
folder = "${TOKEN}/"
token, namespace = open(folder + "token").read(), open(folder + "namespace").read()
url = "https://kubernetes.default.svc/apis/authentication.k8s.io/v1/selfsubjectreviews"
body = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}).encode()
headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
context = ssl.create_default_context(cafile=folder + "ca.crt")
answer = json.load(urllib.request.urlopen(urllib.request.Request(url, body, headers), context=context, timeout=30))
print(namespace, answer["status"]["userInfo"]["username"])
`;

const ASK_AS_CLIENT = `
from kubernetes import client, config
config.load_incluster_config()
namespace = open("${TOKEN}/namespace").read()
print([pod.metadata.name for pod in client.CoreV1Api().list_namespaced_pod(namespace).items])
`;

describeOnCluster("service accounts", "e2e-accounts", (cluster) => {
  it.concurrent("a pod asks the API server by its name, as its account", async () => {
    const s = await Scene.create(cluster(), "by-name");
    expect(await s.script("p", "", python(ASK_BY_NAME))).toBe("by-name system:serviceaccount:by-name:default\n");
  });

  it.concurrent("Debian's python3-kubernetes finds its cluster from inside a pod", async () => {
    const s = await Scene.create(cluster(), "in-cluster");
    await s.create(ServiceAccount, { metadata: { name: "robot" } });
    const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }];
    await s.client.create(ClusterRole, { metadata: { name: "e2e-list-pods" }, rules });
    await s.client.create(ClusterRoleBinding, {
      metadata: { name: "e2e-list-pods" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "e2e-list-pods" },
      subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "in-cluster" }],
    });
    const spec = { ...python(ASK_AS_CLIENT), serviceAccountName: "robot" };
    expect(await s.script("p", "", spec)).toBe("['p']\n");
  });

  it.concurrent("a pod that wants no token has none", async () => {
    const s = await Scene.create(cluster(), "no-token");
    expect(await s.script("p", `ls ${TOKEN} 2>&1 || true`, { automountServiceAccountToken: false })).toContain("No such file or directory");
    expect((await s.get(Pod, "p")).spec.volumes).toBeUndefined();
  });
});
