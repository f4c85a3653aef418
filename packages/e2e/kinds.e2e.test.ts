import { readFileSync } from "node:fs";
import { join } from "node:path";
import { versionedKubectls } from "@wherry/testkit/kubectl.ts";
import { expect, it } from "vitest";
import { kubectlPath, missing, ROOT } from "./cluster.ts";
import { Kubectl } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX, IDLE } from "./scene.ts";

/** The one in the path, the oldest and the newest. */
const BINARIES = missing()
  ? []
  : [...new Set([kubectlPath(), ...versionedKubectls().filter((_, i, all) => i === 0 || i === all.length - 1)])];
const MANIFEST = readFileSync(join(ROOT, "testdata", "kinds", "every-kind.yaml"), "utf8");

/** What `get -o wide` shows, without ages and what else is different each time. */
const TABLES: Readonly<Record<string, RegExp>> = {
  "controllerrevision/cr": /\/cr +<none> +1 /m,
  "csidriver/NAME-csi.example.com": /\/\S+-csi.example.com +true +true +false +<unset> +false +Persistent /m,
  "csinode/NAME-csinode": /\/\S+-csinode +1 /m,
  "csistoragecapacity/csc": /\/csc +sc +10Gi$/m,
  "cronjob/cj": /\/cj +\*\/5 \* \* \* \* +Europe\/Berlin +False +0 +<none> .* c +busybox +<none>$/m,
  "daemonset/ds": /\/ds +[01] +[01] +\d +\d +\d +<none> .* c +busybox +app=ds$/m,
  "events.events.k8s.io/ev1": /Normal +Testing +pod\/p .* hello/m,
  "horizontalpodautoscaler/hpa1": /\/hpa1 +Deployment\/web +cpu: <unknown>\/50% +1 +3 +0 /m,
  "horizontalpodautoscaler/hpa2": /\/hpa2 +Deployment\/web +memory: <unknown>\/60% +1 +3 +0 /m,
  "job/job": /\/job +Running +0\/1 .* c +busybox +batch.kubernetes.io\/controller-uid=/m,
  "limitrange/lr": /^NAME +CREATED AT\nlimitrange\/lr +20/m,
  "persistentvolume/NAME-pv": /\/\S+-pv +1Gi +RWO +Retain +(?:Pending|Available) +manual +<unset> .* Filesystem$/m,
  "persistentvolumeclaim/pvc": /\/pvc +Pending +(?:\S+ +)?<unset> .* Filesystem$/m,
  "poddisruptionbudget/pdb": /\/pdb +50% +N\/A +\d /m,
  "podtemplate/pt": /\/pt +c +busybox +app=pt$/m,
  "priorityclass/NAME-high": /\/\S+-high +1000 +false .* PreemptLowerPriority$/m,
  "replicationcontroller/rc": /\/rc +\d +\d +\d .* c +busybox +app=rc$/m,
  "resourcequota/rq": /^NAME +AGE +REQUEST +LIMIT/m,
  "runtimeclass/NAME-rtc": /\/\S+-rtc +runc /m,
  "statefulset/sts": /\/sts +0\/2 .* c +busybox$/m,
  "storageclass/NAME-sc": /\/\S+-sc +example.com\/disk +Delete +Immediate +false /m,
  "volumeattachment/NAME-va": /\/\S+-va +csi.example.com +pv +n1 +false /m,
};

describeOnCluster("kinds that only the API knows", "e2e-kinds", (cluster) => {
  it.concurrent.each(BINARIES)("are made, shown, changed and deleted by %s", async (binary) => {
    const id = `kinds-${binary.split("/").at(-1)?.replaceAll(".", "-")}`;
    const k = await Kubectl.inNamespace(cluster(), id, binary);
    const manifest = MANIFEST.replaceAll("NAME", id).replaceAll("namespace: default", `namespace: ${id}`);
    const { code, stderr } = await k.try(["create", "-f", "-"], { input: manifest });
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining("Warning: storage.k8s.io/v1 VolumeAttachment: stored, but no volume drivers (CSI) run in this version"),
    ]);
    const objects = Object.keys(TABLES).map((object) => object.replace("NAME", id));
    const tables = await k.run("get", ...objects, "-o", "wide");
    for (const row of Object.values(TABLES)) expect(tables).toMatch(row);
    await k.with(manifest, "apply");
    expect(await k.with(manifest, "apply")).toMatch(/^job.batch\/job unchanged$/m);
    await k.run("scale", "replicationcontroller/rc", "--replicas=1");
    expect(
      await k.run("get", "horizontalpodautoscalers.v1.autoscaling", "hpa1", "-o", "jsonpath={.spec.targetCPUUtilizationPercentage}"),
    ).toBe("50");
    expect(await k.refused("patch", "job", "job", "--type=merge", "-p", '{"spec":{"completions":7}}')).toContain("field is immutable");
    await k.with(manifest, "delete");
  });

  it("an eviction waits for the pod's budget", async () => {
    const k = await Kubectl.inNamespace(cluster(), "kinds-eviction");
    const container = { name: "main", image: BUSYBOX, command: IDLE };
    const spec = { terminationGracePeriodSeconds: 1, containers: [container] };
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p", labels: { app: "guarded" } }, spec };
    await k.with(JSON.stringify(pod), "create");
    await k.run("wait", "--for=condition=Ready", "pod/p", "--timeout=60s");
    await k.run("create", "poddisruptionbudget", "guard", "--selector=app=guarded", "--min-available=1");
    await k.run("wait", "--for=jsonpath={.status.currentHealthy}=1", "poddisruptionbudget/guard", "--timeout=60s");
    const node = await k.run("get", "pod", "p", "-o", "jsonpath={.spec.nodeName}");
    const drain = ["drain", node, "--force", "--ignore-daemonsets", "--delete-emptydir-data", "--pod-selector=app=guarded"];
    expect(await k.refused(...drain, "--timeout=1s")).toMatch(
      /Cannot evict pod as it would violate the pod's disruption budget|global timeout/,
    );
    await k.run("delete", "poddisruptionbudget", "guard");
    await k.run(...drain, "--timeout=60s");
    expect(await k.run("get", "pods", "-o", "name")).toBe("");
    await k.run("uncordon", node);
  });
});
