import { hasKubectl, SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "./index.ts";

if (!hasKubectl) console.warn("the history of rollouts is not compared with kubectl's: it is not installed");

const template = (image: string) => ({
  metadata: { labels: { app: "web", tier: "front" }, annotations: { note: image } },
  spec: {
    serviceAccountName: "robot",
    nodeSelector: { disk: "ssd" },
    tolerations: [{ key: "a", operator: "Exists" }],
    initContainers: [{ name: "init", image }],
    containers: [
      {
        ...{
          name: "web",
          image,
          command: ["sh", "-c", "a"],
          env: [
            { name: "A", value: "1" },
            { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          ],
        },
        ...{ ports: [{ containerPort: 80, name: "http" }], resources: { limits: { cpu: "1" }, requests: { memory: "1Mi" } } },
        ...{ volumeMounts: [{ name: "v", mountPath: "/v" }], livenessProbe: { httpGet: { path: "/", port: "http" } } },
      },
    ],
    volumes: [{ name: "v", configMap: { name: "settings" } }],
  },
});

const WORKLOADS = ["Deployment", "DaemonSet", "StatefulSet"].map((kind) => ({
  ...{ apiVersion: "apps/v1", kind, metadata: { name: kind.toLowerCase(), namespace: "default" } },
  spec: { selector: { matchLabels: { app: "web" } }, template: template("web:3"), ...(kind === "StatefulSet" && { serviceName: "web" }) },
}));

describe.skipIf(!hasKubectl)("rollout history, beside kubectl's", () => {
  let both: SideBySide;

  /** The controllers do not run: what they would keep is made here. */
  beforeAll(async () => {
    both = await SideBySide.start(main);
    for (const workload of WORKLOADS) {
      const { name, namespace } = workload.metadata;
      await both.wherry("create", "-f", both.file("w.json", JSON.stringify(workload)));
      const uid = (await both.wherry("get", workload.kind, name, "-o", "jsonpath={.metadata.uid}")).out;
      const ownerReferences = [{ apiVersion: "apps/v1", kind: workload.kind, name, uid, controller: true }];
      for (const number of [1, 2, 3]) {
        const annotations = { ...(number === 2 && { "kubernetes.io/change-cause": "because of two" }) };
        const made = template(`web:${number}`);
        const metadata = { name: `${name}-${number}`, namespace, ownerReferences, labels: { app: "web" } };
        const labels = { ...made.metadata.labels, "pod-template-hash": String(number) };
        const revision =
          workload.kind === "Deployment"
            ? {
                ...{ apiVersion: "apps/v1", kind: "ReplicaSet" },
                metadata: { ...metadata, annotations: { ...annotations, "deployment.kubernetes.io/revision": String(number) } },
                spec: { selector: { matchLabels: labels }, template: { ...made, metadata: { ...made.metadata, labels } } },
              }
            : {
                ...{ apiVersion: "apps/v1", kind: "ControllerRevision", metadata: { ...metadata, annotations }, revision: number },
                data: { spec: { template: { $patch: "replace", ...made } } },
              };
        expect(await both.wherry("create", "-f", both.file("r.json", JSON.stringify(revision)))).toMatchObject({ code: 0 });
      }
    }
  });
  afterAll(() => both?.close());

  it.each(
    WORKLOADS.flatMap(({ metadata: { name } }) => [
      `${name}/${name}`,
      `${name}/${name} --revision=1`,
      `${name}/${name} --revision=2`,
      `${name}/${name} --revision=9`,
      `${name}/${name} -o name`,
      `${name}/${name} --revision=2 -o jsonpath={.kind}{.spec.template.metadata.annotations}{.spec.template.spec.containers}`,
      `${name}/${name} -o go-template={{.kind}}{{range.spec.template.spec.containers}}{{.image}}{{end}};`,
    ]),
  )("%s", async (line) => {
    const args = ["rollout", "history", ...line.split(" ")];
    const [theirs, ours] = [await both.kubectl(...args), await both.wherry(...args)];
    expect(ours).toEqual(theirs);
  });
});
