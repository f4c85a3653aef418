import { ConfigMap, CustomResourceDefinition, Namespace } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { customKindOf } from "./custom-kinds.ts";
import { builtinControllers } from "./index.ts";

type Widget = ApiObject & { spec?: { x?: number } };
let plane: ControlPlane;
let Widget: KindDefinition<Widget>;

beforeEach(async () => {
  plane = await startControlPlane({ clock: new FakeClock(), controllers: builtinControllers({ clusterCIDR: "10.244.0.0/16" }) });
  Widget = await define("widgets", "Widget");
  await plane.idle();
});
afterEach(() => plane.close());

async function define(plural: string, kind: string): Promise<KindDefinition<Widget>> {
  const openAPIV3Schema = { type: "object", properties: { spec: { type: "object", properties: { x: { type: "integer" } } } } };
  const name = `${plural}.example.com`;
  await plane.client.create(CustomResourceDefinition, {
    metadata: { name },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural, kind },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  });
  const stop = new AbortController();
  for await (const { object } of plane.client.watch(CustomResourceDefinition, {}, stop.signal)) {
    const found = object.metadata.name === name && customKindOf(object);
    if (!found) continue;
    stop.abort();
    return found as KindDefinition<Widget>;
  }
  throw new Error("the watch ended");
}

/** Deletes a definition. Resolves when it is gone. */
async function undefine(name: string): Promise<void> {
  const stop = new AbortController();
  const { metadata } = await plane.client.delete(CustomResourceDefinition, { name });
  const query = { resourceVersion: metadata.resourceVersion };
  for await (const { type, object } of plane.client.watch(CustomResourceDefinition, query, stop.signal))
    if (type === "DELETED" && object.metadata.name === name) stop.abort();
}

const owner = ({ apiVersion, kind, metadata: { name, uid } }: ApiObject) => ({ apiVersion, kind, name, uid });
const maps = async (namespace = "default") =>
  (await plane.client.list(ConfigMap, { namespace })).items.map((o) => o.metadata.name).filter((name) => name !== "kube-root-ca.crt");
const widgets = async () => (await plane.client.list(Widget)).items.map((o) => o.metadata.name);

describe("custom objects", () => {
  it("own others, and are owned", async () => {
    const w = await plane.client.create(Widget, { metadata: { name: "w", namespace: "default" } });
    const c = await plane.client.create(ConfigMap, { metadata: { name: "c", namespace: "default", ownerReferences: [owner(w)] } });
    await plane.client.create(Widget, { metadata: { name: "v", namespace: "default", ownerReferences: [owner(c)] } });
    await plane.idle();
    expect([await maps(), await widgets()]).toEqual([["c"], ["v", "w"]]);
    await plane.client.delete(Widget, { name: "w", namespace: "default" });
    await plane.idle();
    expect([await maps(), await widgets()]).toEqual([[], []]);
  });

  it("wait for what they own, or let go of it", async () => {
    const w = await plane.client.create(Widget, { metadata: { name: "w", namespace: "default" } });
    const v = await plane.client.create(Widget, { metadata: { name: "v", namespace: "default" } });
    const reference = { ...owner(w), blockOwnerDeletion: true };
    await plane.client.create(Widget, { metadata: { name: "x", namespace: "default", ownerReferences: [reference, owner(v)] } });
    await plane.client.create(Widget, { metadata: { name: "y", namespace: "default", ownerReferences: [reference] } });
    await plane.idle();
    await plane.client.delete(Widget, { name: "w", namespace: "default" }, { propagationPolicy: "Foreground" });
    await plane.idle();
    expect(await widgets()).toEqual(["v", "x"]);
    await plane.client.delete(Widget, { name: "v", namespace: "default" }, { propagationPolicy: "Orphan" });
    await plane.idle();
    expect(await widgets()).toEqual(["x"]);
  });

  it("go with their namespace, and with their definition, and what they own goes as well", async () => {
    await plane.client.create(Namespace, { metadata: { name: "a" }, spec: {} });
    await plane.client.create(Widget, { metadata: { name: "w", namespace: "a" } });
    const late = await define("gadgets", "Gadget");
    await plane.client.create(late, { metadata: { name: "g", namespace: "a" } });
    await plane.client.delete(Namespace, { name: "a" });
    await plane.idle();
    expect((await plane.client.list(Namespace)).items.map((n) => n.metadata.name)).not.toContain("a");
    expect([await widgets(), (await plane.client.list(late)).items]).toEqual([[], []]);

    const w = await plane.client.create(Widget, { metadata: { name: "w", namespace: "default" } });
    await plane.client.create(ConfigMap, { metadata: { name: "c", namespace: "default", ownerReferences: [owner(w)] } });
    await plane.idle();
    await undefine("widgets.example.com");
    await plane.idle();
    expect(await maps()).toEqual([]);
    await expect(widgets()).rejects.toMatchObject({ status: { reason: "NotFound" } });
    // The same name may come back, and be something new.
    Widget = await define("widgets", "Widget");
    await plane.idle();
    expect(await widgets()).toEqual([]);
  });
});
