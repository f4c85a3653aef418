import { ConfigMap, Deployment, Event, kinds, Namespace, Pod, Secret } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { deployment, pod } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { builtinControllers } from "../index.ts";
import { namespaceController } from "./index.ts";

let plane: ControlPlane;

afterEach(() => plane.close());

const names = async () => (await plane.client.list(Namespace)).items.map((n) => n.metadata.name);
const conditions = async (name: string) => {
  const ns = await plane.client.get(Namespace, { name });
  return Object.fromEntries((ns.status?.conditions ?? []).map((c) => [c.type, `${c.status} ${c.message}`]));
};

describe("a namespace alone", () => {
  beforeEach(async () => {
    plane = await startControlPlane({ clock: new FakeClock(), controllers: [namespaceController(kinds)] });
    await plane.client.create(Namespace, { metadata: { name: "a" }, spec: {} });
  });

  it("goes when it is empty", async () => {
    await plane.client.delete(Namespace, { name: "a" });
    await plane.idle();
    expect(await names()).not.toContain("a");
  });

  it("takes its content along, and no other's", async () => {
    for (const namespace of ["a", "default"]) {
      await plane.client.create(ConfigMap, { metadata: { name: "c", namespace } });
      await plane.client.create(Secret, { metadata: { name: "s", namespace } });
      await plane.client.create(Pod, pod("p", { metadata: { namespace } }));
      await plane.client.create(Event, { metadata: { name: "e", namespace }, involvedObject: { namespace } });
    }
    await plane.client.delete(Namespace, { name: "a" });
    await plane.idle();
    expect(await names()).not.toContain("a");
    expect((await plane.client.list(Secret)).items.map((o) => o.metadata.namespace)).toEqual(["default"]);
    expect((await plane.client.list(Event)).items.map((o) => o.metadata.namespace)).toEqual(["default"]);
  });

  it("says what it waits for, and goes when that went", async () => {
    const finalizers = ["example.com/keep"];
    for (const name of ["c1", "c2"]) await plane.client.create(ConfigMap, { metadata: { name, namespace: "a", finalizers } });
    await plane.client.create(Pod, pod("p", { metadata: { namespace: "a" }, node: "n1" }));
    await plane.client.delete(Namespace, { name: "a" });
    await plane.idle();
    expect(await conditions("a")).toEqual({
      NamespaceDeletionDiscoveryFailure: "False All resources successfully discovered",
      NamespaceDeletionGroupVersionParsingFailure: "False All legacy kube types successfully parsed",
      NamespaceDeletionContentFailure: "False All content successfully deleted, may be waiting on finalization",
      NamespaceContentRemaining: "True Some resources are remaining: configmaps. has 2 resource instances, pods. has 1 resource instances",
      NamespaceFinalizersRemaining: "True Some content in the namespace has finalizers remaining: example.com/keep in 2 resource instances",
    });
    await plane.client.delete(Pod, { name: "p", namespace: "a" }, { gracePeriodSeconds: 0 });
    for (const name of ["c1", "c2"]) {
      await plane.client.patch(ConfigMap, { name, namespace: "a" }, { type: "merge", body: { metadata: { finalizers: null } } });
    }
    await plane.idle();
    expect(await names()).not.toContain("a");
  });
});

it("a namespace with running deployments goes, with all controllers at work", async () => {
  const controllers = builtinControllers({ clusterCIDR: "10.244.0.0/16", caCertificate: "PEM" });
  plane = await startControlPlane({ clock: new FakeClock(), controllers: [...controllers, hollowKubelet()] });
  await plane.client.create(Namespace, { metadata: { name: "a" }, spec: {} });
  await plane.client.create(Deployment, { ...deployment("web", 5), metadata: { name: "web", namespace: "a" } });
  await plane.idle();
  expect((await plane.client.list(Pod, { namespace: "a" })).items).toHaveLength(5);
  await plane.client.delete(Namespace, { name: "a" });
  await plane.idle();
  expect(await names()).not.toContain("a");
  expect((await plane.client.list(Pod)).items).toEqual([]);
});
