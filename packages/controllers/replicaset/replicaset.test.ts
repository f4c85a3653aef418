import { Event, Pod, ReplicaSet } from "@wherry/api";
import { FakeClock, forbidden, silentLogger } from "@wherry/base";
import type { Client } from "@wherry/client";
import { runControllers } from "@wherry/engine";
import { pod, replicaSet } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replicaSetController } from "./index.ts";

const web = { name: "web", namespace: "default" };

let clock: FakeClock;
let plane: ControlPlane;

beforeEach(async () => {
  clock = new FakeClock();
  plane = await startControlPlane({ clock, controllers: [replicaSetController(), hollowKubelet()] });
});
afterEach(() => plane.close());

const pods = async () => (await plane.client.list(Pod, { namespace: "default" })).items;
const status = async () => (await plane.client.get(ReplicaSet, web)).status;
const scale = (replicas: number) => plane.client.patch(ReplicaSet, web, { type: "merge", body: { spec: { replicas } } });
const messages = async (reason: string) => {
  const { items } = await plane.client.list(Event, { namespace: "default" });
  return items.filter((e) => e.reason === reason).map((e) => e.message);
};

describe("replicaset", () => {
  it("makes pods, deletes what is too much, and counts", async () => {
    await plane.client.create(ReplicaSet, replicaSet("web", 3));
    await plane.idle();
    const made = await pods();
    expect(made).toHaveLength(3);
    expect(await messages("SuccessfulCreate")).toEqual(expect.arrayContaining(made.map((p) => `Created pod: ${p.metadata.name}`)));
    expect(await status()).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 1,
    });
    await scale(1);
    await plane.idle();
    expect(await pods()).toHaveLength(1);
    expect(await messages("SuccessfulDelete")).toHaveLength(2);
    expect(await status()).toMatchObject({ replicas: 1, observedGeneration: 2 });
  });

  it("adopts a matching pod of nobody, and lets go of one that no longer matches", async () => {
    await plane.client.create(Pod, pod("lonely", { labels: { app: "web" } }));
    await plane.client.create(ReplicaSet, replicaSet("web", 2));
    await plane.idle();
    const rs = await plane.client.get(ReplicaSet, web);
    const adopted = await plane.client.get(Pod, { name: "lonely", namespace: "default" });
    expect(adopted.metadata.ownerReferences).toMatchObject([{ kind: "ReplicaSet", uid: rs.metadata.uid, controller: true }]);
    expect(await pods()).toHaveLength(2);
    const relabel = { type: "merge", body: { metadata: { labels: { app: "debug" } } } } as const;
    await plane.client.patch(Pod, { name: "lonely", namespace: "default" }, relabel);
    await plane.idle();
    const released = await plane.client.get(Pod, { name: "lonely", namespace: "default" });
    expect(released.metadata.ownerReferences ?? []).toEqual([]);
    expect(await pods()).toHaveLength(3);
  });

  it("never makes or deletes too many, however fast its size changes", async () => {
    await plane.client.create(ReplicaSet, replicaSet("web", 5));
    let most = 0;
    const alive = () =>
      plane.informers
        .lister(Pod)
        .list()
        .filter((p) => !p.metadata.deletionTimestamp).length;
    plane.informers.informer(Pod).on({ added: () => (most = Math.max(most, alive())) });
    for (const n of [1, 8, 2, 8, 0, 8, 3]) await scale(n);
    await plane.idle();
    expect(await pods()).toHaveLength(3);
    expect(most).toBeLessThanOrEqual(8);
  });

  it("replaces a pod that ended", async () => {
    await plane.client.create(ReplicaSet, replicaSet("web", 1));
    await plane.idle();
    const [first] = await pods();
    if (!first) throw new Error("there is no pod");
    await plane.client.update(Pod, { ...first, status: { ...first.status, phase: "Failed" } }, { subresource: "status" });
    await plane.idle();
    expect((await pods()).map((p) => p.status?.phase).sort()).toEqual(["Failed", "Running"]);
  });
});

describe("a replicaset whose pods are refused", () => {
  it("says why, tries again with back-off, and recovers", async () => {
    let refuse = true;
    const refused = forbidden({ group: "", resource: "pods" }, "", "quota exceeded");
    await plane.close();
    plane = await startControlPlane({ clock });
    const stop = new AbortController();
    const running = await runControllers({
      controllers: [replicaSetController()],
      client: proxied(plane.client, () => refuse, refused),
      clock,
      log: silentLogger,
      signal: stop.signal,
      component: "test",
    });
    await plane.client.create(ReplicaSet, replicaSet("web", 2));
    await running.idle();
    expect(await messages("FailedCreate")).toEqual([`Error creating: ${refused.message}`]);
    const failing = await status();
    expect(failing?.conditions).toMatchObject([
      { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: refused.message },
    ]);
    refuse = false;
    await clock.advance(60_000);
    await running.idle();
    expect((await status())?.conditions).toBeUndefined();
    expect(await pods()).toHaveLength(2);
    stop.abort();
  });
});

/** The client, but pods cannot be created while `refuse` says so. */
function proxied(client: Client, refuse: () => boolean, error: Error): Client {
  return new Proxy(client, {
    get(target, name) {
      if (name === "create" && refuse()) {
        return (...args: Parameters<Client["create"]>) => ((args[0] as unknown) === Pod ? Promise.reject(error) : target.create(...args));
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
