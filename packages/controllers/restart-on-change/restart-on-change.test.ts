import { ConfigMap, DaemonSet, Deployment, Event, Pod, ReplicaSet, Secret, StatefulSet } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { deployment, podTemplate } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deploymentController } from "../deployment/index.ts";
import { replicaSetController } from "../replicaset/index.ts";
import { restartOnChangeController, SETTLE_MS } from "./index.ts";

const web = { name: "web", namespace: "default" };
const settings = { name: "settings", namespace: "default" };
const password = { name: "password", namespace: "default" };
const wanted = { "wherry.io/restart-on-change": "true" };
const RESTARTED_FOR = "wherry.io/restarted-for";

let clock: FakeClock;
let plane: ControlPlane;

beforeEach(async () => {
  clock = new FakeClock();
  const controllers = [restartOnChangeController(), deploymentController(), replicaSetController(), hollowKubelet()];
  plane = await startControlPlane({ clock, controllers });
});
afterEach(() => plane.close());

/** A template whose pods are made from the ConfigMap and the Secret. */
function template() {
  const { metadata, spec } = podTemplate("web");
  const containers = (spec?.containers ?? []).map((c) => ({ ...c, envFrom: [{ configMapRef: { name: "settings" } }] }));
  return { metadata, spec: { ...spec, containers, volumes: [{ name: "p", secret: { secretName: "password" } }] } };
}

const create = (annotations: Record<string, string> = wanted) =>
  plane.client.create(Deployment, { ...deployment("web", 2, { template: template() }), metadata: { ...web, annotations } });
const createSettings = (value: string) => plane.client.create(ConfigMap, { metadata: settings, data: { colour: value } });
const createPassword = () => plane.client.create(Secret, { metadata: password, stringData: { password: "old" } });
const paint = (colour: string) => plane.client.patch(ConfigMap, settings, { type: "merge", body: { data: { colour } } });

async function settle(): Promise<void> {
  await plane.idle();
  await clock.advance(SETTLE_MS);
  await plane.idle();
}
const rollouts = async () => (await plane.client.list(ReplicaSet)).items.length;
const podNames = async () => (await plane.client.list(Pod)).items.map((p) => p.metadata.name).toSorted();
const events = async (reason: string) => (await plane.client.list(Event)).items.filter((e) => e.reason === reason).map((e) => e.message);

describe("a deployment that restarts on change", () => {
  it("starts once, and rolls when its ConfigMap or its Secret changes, saying why", async () => {
    await createSettings("red");
    await createPassword();
    await create();
    await settle();
    expect(await rollouts()).toBe(1);
    const before = await podNames();
    await paint("blue");
    await settle();
    expect(await rollouts()).toBe(2);
    expect((await podNames()).filter((name) => before.includes(name))).toEqual([]);
    expect(await events("ConfigurationChanged")).toEqual(["Restarting pods for ConfigMap/settings"]);
    await plane.client.patch(Secret, password, { type: "merge", body: { stringData: { password: "new" } } });
    await settle();
    expect(await rollouts()).toBe(3);
    expect(await events("ConfigurationChanged")).toContain("Restarting pods for Secret/password");
  });

  it("takes many changes together", async () => {
    await createSettings("red");
    await createPassword();
    await create();
    await settle();
    for (const colour of ["blue", "green", "white"]) {
      await paint(colour);
      await plane.client.patch(Secret, password, { type: "merge", body: { stringData: { password: colour } } });
      await plane.idle();
    }
    expect(await rollouts()).toBe(1);
    await settle();
    await settle();
    expect(await rollouts()).toBe(2);
    expect(await events("ConfigurationChanged")).toEqual(["Restarting pods for ConfigMap/settings, Secret/password"]);
  });

  it("does not roll for other fields, nor for what only looks different", async () => {
    await createSettings("red");
    await createPassword();
    await create();
    await settle();
    await plane.client.patch(ConfigMap, settings, { type: "merge", body: { metadata: { labels: { a: "b" } } } });
    await plane.client.create(ConfigMap, { metadata: { ...settings, name: "unrelated" }, data: { a: "b" } });
    await settle();
    expect(await rollouts()).toBe(1);
  });

  it("waits for what is missing, and rolls when it comes back different", async () => {
    await create();
    await createSettings("red");
    await settle();
    await createPassword();
    await settle();
    expect(await rollouts()).toBe(1);
    await plane.client.delete(ConfigMap, settings);
    await settle();
    expect(await rollouts()).toBe(1);
    await createSettings("red");
    await settle();
    expect(await rollouts()).toBe(1);
    await plane.client.delete(ConfigMap, settings);
    await settle();
    await createSettings("blue");
    await settle();
    expect(await rollouts()).toBe(2);
  });

  it("goes back without a second rollout, when it is undone", async () => {
    await createSettings("red");
    await createPassword();
    await create();
    await settle();
    await paint("blue");
    await settle();
    // What kubectl makes of an undo: the Deployment gets the annotations that its old ReplicaSet has.
    for (const { metadata } of (await plane.client.list(ReplicaSet)).items)
      expect(metadata.annotations).not.toHaveProperty("wherry.io/observed-sources");
    await plane.client.patch(Deployment, web, {
      type: "merge",
      body: { metadata: { annotations: { "wherry.io/observed-sources": null } } },
    });
    const annotations = { [RESTARTED_FOR]: null };
    await plane.client.patch(Deployment, web, { type: "merge", body: { spec: { template: { metadata: { annotations } } } } });
    await settle();
    expect((await plane.client.get(Deployment, web)).spec.template.metadata?.annotations?.[RESTARTED_FOR]).toBeUndefined();
    expect(await rollouts()).toBe(2);
  });

  it("does nothing for one that did not ask, and tells one that asked in other words", async () => {
    await createSettings("red");
    await createPassword();
    await create({ "wherry.io/restart-on-change": "yes" });
    const silent = { ...template(), metadata: { labels: { app: "silent" } } };
    await plane.client.create(Deployment, deployment("silent", 1, { template: silent }));
    await settle();
    await paint("blue");
    await settle();
    expect(await rollouts()).toBe(2);
    expect(await events("InvalidAnnotation")).toEqual([
      'The annotation wherry.io/restart-on-change is "yes", which has no effect: use "true" or "false"',
    ]);
  });
});

describe("other workloads", () => {
  const selector = { matchLabels: { app: "web" } };
  const metadata = { ...web, annotations: wanted };
  const read = (kind: typeof StatefulSet | typeof DaemonSet) => plane.client.get(kind as typeof StatefulSet, web);
  it.each([
    [
      "StatefulSet",
      StatefulSet,
      () => plane.client.create(StatefulSet, { metadata, spec: { serviceName: "web", selector, template: template() } }),
    ],
    ["DaemonSet", DaemonSet, () => plane.client.create(DaemonSet, { metadata, spec: { selector, template: template() } })],
  ] as const)("a %s gets a new template", async (_, kind, make) => {
    await createSettings("red");
    await createPassword();
    await make();
    await settle();
    const mark = async () => (await read(kind)).spec?.template.metadata?.annotations?.[RESTARTED_FOR];
    expect(await mark()).toBeUndefined();
    await paint("blue");
    await settle();
    expect(await mark()).toMatch(/^[0-9a-f]{16}$/);
  });
});
