import { Deployment, Endpoints, Namespace, Pod, ReplicaSet, Service } from "@wherry/api";
import { FakeClock, silentLogger } from "@wherry/base";
import type { Client } from "@wherry/client";
import { runControllers } from "@wherry/engine";
import { deployment, podTemplate, service } from "@wherry/testkit/builders/index.ts";
import { startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import fc from "fast-check";
import { expect, it } from "vitest";
import { builtinControllers } from "./index.ts";

type Plane = Awaited<ReturnType<typeof startControlPlane>>;

/** Runs all controllers until so many pods were seen to come or change, then kills them at once, in the middle of whatever they do. */
async function runBriefly(plane: Plane, changes: number): Promise<void> {
  const stop = new AbortController();
  const enough = Promise.withResolvers<void>();
  let left = changes;
  const count = () => --left <= 0 && enough.resolve();
  const off = plane.informers.informer(Pod).on({ added: count, updated: count });
  const { idle } = await start(plane, stop.signal);
  await Promise.race([enough.promise, idle()]);
  off();
  stop.abort(new Error("killed"));
}

/** A client that dies with its process: after that nothing is sent, and what was sent is never answered. */
function mortal(client: Client, signal: AbortSignal): Client {
  const alive = async <T>(call: () => Promise<T>): Promise<T> => {
    const never = new Promise<never>(() => {});
    if (signal.aborted) return never;
    const result = await call().catch((error) => (signal.aborted ? never : Promise.reject(error)));
    return signal.aborted ? never : result;
  };
  return new Proxy(client, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== "function") return value;
      if (name === "watch" || name === "close") return value.bind(target);
      return (...args: unknown[]) => alive(() => value.apply(target, args));
    },
  });
}

const start = (plane: Plane, signal: AbortSignal) =>
  runControllers({
    controllers: [...builtinControllers({ clusterCIDR: "10.244.0.0/16", caCertificate: "PEM" }), hollowKubelet()],
    client: mortal(plane.client, signal),
    clock: plane.clock,
    log: silentLogger,
    signal,
    component: "test",
  });

it("controllers that are killed again and again in the middle of their work lose nothing", async () => {
  const kills = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 4 });
  const life = fc.asyncProperty(kills, fc.boolean(), async (changes, remove) => {
    const plane = await startControlPlane({ clock: new FakeClock() });
    const stop = new AbortController();
    try {
      await rollOutWithKills(plane, changes);
      if (remove) await plane.client.delete(Namespace, { name: namespace });
      await (await start(plane, stop.signal)).idle();
      if (remove) await expectGone(plane);
      else await expectRolledOut(plane);
    } finally {
      stop.abort(new Error("the test is over"));
      await plane.close();
    }
  });
  await fc.assert(life, { numRuns: 8 });
});

const namespace = "a";

async function rollOutWithKills(plane: Plane, [first = 1, ...others]: readonly number[]): Promise<void> {
  await plane.client.create(Namespace, { metadata: { name: namespace }, spec: {} });
  await plane.client.create(Service, { ...service("web"), metadata: { name: "web", namespace } });
  await plane.client.create(Deployment, { ...deployment("web", 4), metadata: { name: "web", namespace } });
  await runBriefly(plane, first);
  const template = podTemplate("web", "app:v2");
  await plane.client.patch(Deployment, { name: "web", namespace }, { type: "merge", body: { spec: { template } } });
  for (const changes of others) await runBriefly(plane, changes);
}

async function expectGone(plane: Plane): Promise<void> {
  await expect(plane.client.get(Namespace, { name: namespace })).rejects.toThrow("not found");
  expect((await plane.client.list(Pod)).items).toEqual([]);
}

async function expectRolledOut(plane: Plane): Promise<void> {
  const pods = (await plane.client.list(Pod, { namespace })).items;
  expect(pods.map((p) => p.spec.containers[0]?.image)).toEqual(Array(4).fill("app:v2"));
  const sizes = (await plane.client.list(ReplicaSet, { namespace })).items.map((rs) => rs.spec.replicas ?? 0);
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(4);
  expect((await plane.client.get(Deployment, { name: "web", namespace })).status).toMatchObject({
    updatedReplicas: 4,
    availableReplicas: 4,
  });
  const { subsets } = await plane.client.get(Endpoints, { name: "web", namespace });
  expect(subsets?.[0]?.addresses?.map((a) => a.targetRef?.name).sort()).toEqual(pods.map((p) => p.metadata.name).sort());
}
