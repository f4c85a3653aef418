import { DaemonSet, isPodReady, PersistentVolumeClaim, Pod, type PodTemplateSpec, StatefulSet, type StatefulSetSpec } from "@wherry/api";
import { expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX, IDLE, Scene } from "./scene.ts";

/** Pods labelled `app=<app>`; another version is another template. */
function template(app: string, version: string): PodTemplateSpec {
  const containers = [{ name: "main", image: BUSYBOX, command: IDLE, env: [{ name: "VERSION", value: version }] }];
  return { metadata: { labels: { app } }, spec: { terminationGracePeriodSeconds: 1, containers } };
}

const versionOf = (pod: Pod) => pod.spec.containers[0]?.env?.find((e) => e.name === "VERSION")?.value;

/** Waits until the pods of `app` are ready, and just these versions; gives them in the order of their names. */
function settled(s: Scene, app: string, versions: readonly string[]): Promise<Pod[]> {
  return eventually(async () => {
    const { items } = await s.client.list(Pod, { namespace: s.namespace, labelSelector: `app=${app}` });
    const pods = items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const found = pods.map((p) => `${versionOf(p)}${isPodReady(p) && !p.metadata.deletionTimestamp ? "" : " not ready"}`);
    if (found.join() !== versions.join()) throw new Error(`the pods of ${app} are ${JSON.stringify(found)}`);
    return pods;
  });
}

const changeSet = (s: Scene, name: string, spec: Partial<StatefulSetSpec>) =>
  s.client.patch(StatefulSet, { name, namespace: s.namespace }, { type: "merge", body: { spec } });

/** The pods that the events of a set tell about, in their order. */
async function told(s: Scene, set: string, reason: string): Promise<string[]> {
  const events = (await s.events(set)).filter((e) => e.reason === reason);
  return events.flatMap((e) => e.message?.match(/^\w+ Pod (\S+) in StatefulSet/)?.[1] ?? []);
}

describeOnCluster("the order of workloads", "e2e-workload-order", (cluster) => {
  it.concurrent("a daemon's pods start anew when asked to", async () => {
    const s = await Scene.create(cluster(), "daemons");
    const kubectl = (...words: string[]) => cluster().kubectl("--namespace", s.namespace, ...words);
    await s.create(DaemonSet, {
      metadata: { name: "agent" },
      spec: { selector: { matchLabels: { app: "agent" } }, template: template("agent", "1") },
    });
    const [first] = await settled(s, "agent", ["1"]);
    await kubectl("rollout", "restart", "daemonset/agent");
    const status = await kubectl("rollout", "status", "daemonset/agent", "--timeout=60s");
    expect(status).toContain('daemon set "agent" successfully rolled out');
    const [second] = await settled(s, "agent", ["1"]);
    expect(second?.metadata.uid).not.toBe(first?.metadata.uid);
  });

  it.concurrent("a stateful set starts one pod after the other, and rolls out and shrinks from its end", async () => {
    const s = await Scene.create(cluster(), "stateful");
    const spec = { serviceName: "db", replicas: 3, selector: { matchLabels: { app: "db" } }, template: template("db", "1") };
    await s.create(StatefulSet, { metadata: { name: "db" }, spec });
    const pods = await settled(s, "db", ["1", "1", "1"]);
    await eventually(async () => (await told(s, "db", "SuccessfulCreate")).join() === "db-0,db-1,db-2");
    for (const [i, next] of pods.slice(1).entries()) {
      const ready = pods[i]?.status?.conditions?.find((c) => c.type === "Ready");
      expect(Date.parse(next.metadata.creationTimestamp)).toBeGreaterThanOrEqual(Date.parse(ready?.lastTransitionTime ?? ""));
    }
    await changeSet(s, "db", { template: template("db", "2") });
    const updated = await settled(s, "db", ["2", "2", "2"]);
    await eventually(async () => (await told(s, "db", "SuccessfulDelete")).join() === "db-2,db-1,db-0");
    await changeSet(s, "db", { replicas: 1 });
    let early = false;
    await eventually(async () => {
      const { items } = await s.client.list(Pod, { namespace: s.namespace, labelSelector: "app=db" });
      const going = items.some((p) => p.metadata.name === "db-1" && p.metadata.deletionTimestamp);
      early ||= going && items.some((p) => p.metadata.name === "db-2");
      return items.length === 1;
    });
    expect(early, "db-1 went while db-2 was there").toBe(false);
    const [left] = await settled(s, "db", ["2"]);
    expect(left?.metadata.uid).toBe(updated[0]?.metadata.uid);
  });

  it.concurrent("claims go with the pods that are scaled away, and only with them, where that is asked for", async () => {
    const s = await Scene.create(cluster(), "claims");
    const { metadata, spec } = template("kv", "1");
    const containers = spec.containers.map((c) => ({ ...c, volumeMounts: [{ name: "data", mountPath: "/data" }] }));
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data" } as PersistentVolumeClaim["metadata"],
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
    };
    await s.create(StatefulSet, {
      metadata: { name: "kv" },
      spec: {
        ...{ serviceName: "kv", replicas: 2, podManagementPolicy: "Parallel", selector: { matchLabels: { app: "kv" } } },
        template: { ...(metadata && { metadata }), spec: { ...spec, containers } },
        volumeClaimTemplates: [claim],
        persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete", whenDeleted: "Retain" },
      },
    });
    await settled(s, "kv", ["1", "1"]);
    const claims = async () =>
      (await s.client.list(PersistentVolumeClaim, { namespace: s.namespace })).items.map((c) => c.metadata.name).sort();
    expect(await claims()).toEqual(["data-kv-0", "data-kv-1"]);
    await changeSet(s, "kv", { replicas: 1 });
    await s.gone(PersistentVolumeClaim, "data-kv-1");
    await s.client.delete(StatefulSet, { name: "kv", namespace: s.namespace });
    await settled(s, "kv", []);
    expect(await claims()).toEqual(["data-kv-0"]);
  });
});
