import { ConfigMap, Deployment, Namespace, Pod, ReplicaSet, Secret, Service } from "@wherry/api";
import type { DeleteOptions } from "@wherry/client";
import { expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX, IDLE, Scene } from "./scene.ts";

describeOnCluster("deletion", "e2e-deletion", (cluster) => {
  /** A deployment `web` of two pods, up. */
  async function deployed(namespace: string): Promise<Scene> {
    const s = await Scene.create(cluster(), namespace);
    const labels = { app: "web" };
    const spec = { terminationGracePeriodSeconds: 1, containers: [{ name: "main", image: BUSYBOX, command: IDLE }] };
    await s.create(Deployment, {
      metadata: { name: "web" },
      spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
    await s.until(Deployment, "web", (d) => d.status?.availableReplicas === 2);
    return s;
  }

  const remove = (s: Scene, options: DeleteOptions) => s.client.delete(Deployment, { name: "web", namespace: s.namespace }, options);
  const counts = async (s: Scene) => {
    const { namespace } = s;
    const lists = await Promise.all([
      s.client.list(Deployment, { namespace }),
      s.client.list(ReplicaSet, { namespace }),
      s.client.list(Pod, { namespace }),
    ]);
    return lists.map(({ items }) => items.length);
  };
  const settled = (s: Scene, wanted: number[]) =>
    eventually(async () => {
      expect(await counts(s)).toEqual(wanted);
      return true;
    });

  it.concurrent("background: the deployment goes at once, what it owns after it", async () => {
    const s = await deployed("background");
    await remove(s, { propagationPolicy: "Background" });
    expect((await counts(s))[0]).toBe(0);
    await settled(s, [0, 0, 0]);
  });

  it.concurrent("foreground: the deployment goes last", async () => {
    const s = await deployed("foreground");
    const waiting = await remove(s, { propagationPolicy: "Foreground" });
    expect(waiting.metadata).toMatchObject({ finalizers: ["foregroundDeletion"], deletionTimestamp: expect.any(String) });
    await eventually(async () => {
      const [deployments, sets = 0, pods = 0] = await counts(s);
      if (sets + pods > 0) expect(deployments).toBe(1);
      return deployments === 0;
    });
    await settled(s, [0, 0, 0]);
  });

  it.concurrent("orphan: what it owned stays, runs on, and is adopted by the next", async () => {
    const s = await deployed("orphan");
    const ids = async () => (await s.client.list(Pod, { namespace: s.namespace })).items.map((p) => p.metadata.uid).toSorted();
    const before = await ids();
    const { spec } = await s.get(Deployment, "web");
    await remove(s, { propagationPolicy: "Orphan" });
    await settled(s, [0, 1, 2]);
    const [set] = (await s.client.list(ReplicaSet, { namespace: s.namespace })).items;
    expect(set?.metadata.ownerReferences ?? []).toEqual([]);
    await s.create(Deployment, { metadata: { name: "web" }, spec });
    await s.until(Deployment, "web", (d) => d.status?.availableReplicas === 2);
    expect(await ids()).toEqual(before);
  });

  it.concurrent("a finalizer holds an object until it is taken off", async () => {
    const s = await Scene.create(cluster(), "finalizer");
    await s.create(ConfigMap, { metadata: { name: "held", finalizers: ["example.com/hold"] } });
    const name = { name: "held", namespace: s.namespace };
    expect((await s.client.delete(ConfigMap, name)).metadata.deletionTimestamp).toBeDefined();
    expect((await s.get(ConfigMap, "held")).metadata.finalizers).toEqual(["example.com/hold"]);
    await s.client.patch(ConfigMap, name, { type: "merge", body: { metadata: { finalizers: null } } });
    await s.gone(ConfigMap, "held");
  });

  it.concurrent("a namespace goes with everything in it, and not before", async () => {
    const s = await deployed("doomed");
    await s.create(Secret, { metadata: { name: "secret" } });
    await s.create(Service, { metadata: { name: "service" }, spec: { ports: [{ port: 80 }] } });
    await s.create(ConfigMap, { metadata: { name: "held", finalizers: ["example.com/hold"] } });
    await s.client.delete(Namespace, { name: "doomed" });
    await expect(s.create(ConfigMap, { metadata: { name: "late" } })).rejects.toThrow(/because it is being terminated/);
    await settled(s, [0, 0, 0]);
    const held = await eventually(async () => {
      const namespace = await s.client.get(Namespace, { name: "doomed" });
      return namespace.status?.conditions?.some((c) => c.type === "NamespaceFinalizersRemaining" && c.status === "True") && namespace;
    });
    expect(held.status?.phase).toBe("Terminating");
    await s.client.patch(ConfigMap, { name: "held", namespace: "doomed" }, { type: "merge", body: { metadata: { finalizers: null } } });
    await eventually(async () => (await s.client.list(Namespace, { fieldSelector: "metadata.name=doomed" })).items.length === 0);
  });

  it.concurrent("a pod by force: gone from the API at once, and from the node", async () => {
    const s = await Scene.create(cluster(), "force");
    const pod = await s.ready("p", {
      terminationGracePeriodSeconds: 600,
      main: { command: ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"] },
    });
    await s.client.delete(Pod, { name: "p", namespace: s.namespace }, { gracePeriodSeconds: 0 });
    await expect(s.get(Pod, "p")).rejects.toThrow('pods "p" not found');
    await eventually(async () => !(await cluster().containers()).some((name) => name.includes(pod.metadata.uid)));
  });
});
