import { ConfigMap, Event, kinds, Namespace, Node, Secret } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import type { OwnerReference } from "@wherry/machinery";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { garbageCollector } from "./index.ts";

const namespace = "default";

let plane: ControlPlane;

beforeEach(async () => {
  plane = await startControlPlane({ clock: new FakeClock(), controllers: [garbageCollector(kinds)] });
});
afterEach(() => plane.close());

const make = (name: string, owners: OwnerReference[] = [], finalizers: string[] = []) =>
  plane.client.create(ConfigMap, { metadata: { name, namespace, ownerReferences: owners, finalizers } });
const remove = (name: string, propagationPolicy?: "Background" | "Foreground" | "Orphan") =>
  plane.client.delete(ConfigMap, { name, namespace }, propagationPolicy && { propagationPolicy });
const by = ({ metadata }: ConfigMap, blockOwnerDeletion = true): OwnerReference => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name: metadata.name,
  uid: metadata.uid,
  blockOwnerDeletion,
});
const names = async () => (await plane.client.list(ConfigMap, { namespace })).items.map((o) => o.metadata.name).sort();
const get = (name: string) => plane.client.get(ConfigMap, { name, namespace });

describe("the garbage collector", () => {
  it("takes a whole tree in the background", async () => {
    const top = await make("top");
    const middle = await make("middle", [by(top)]);
    await make("leaf-1", [by(middle)]);
    await make("leaf-2", [by(middle)]);
    await make("other");
    await remove("top");
    await plane.idle();
    expect(await names()).toEqual(["other"]);
  });

  it("keeps what another owner holds, without the reference to the one that went", async () => {
    const [a, b] = [await make("a"), await make("b")];
    await make("shared", [by(a), by(b)]);
    await remove("a");
    await plane.idle();
    expect((await get("shared")).metadata.ownerReferences).toEqual([by(b)]);
    await remove("b");
    await plane.idle();
    expect(await names()).toEqual([]);
  });

  it("lets dependents be when asked to orphan", async () => {
    const top = await make("top");
    await make("leaf", [by(top)]);
    await remove("top", "Orphan");
    await plane.idle();
    expect(await names()).toEqual(["leaf"]);
    expect((await get("leaf")).metadata.ownerReferences ?? []).toEqual([]);
  });

  it("takes the owner last in the foreground, and waits for what blocks it", async () => {
    const top = await make("top");
    const middle = await make("middle", [by(top)]);
    await make("slow", [by(middle)], ["example.com/slow"]);
    await make("unimportant", [by(top, false)]);
    await remove("top", "Foreground");
    await plane.idle();
    expect(await names()).toEqual(["middle", "slow", "top"]);
    expect((await get("middle")).metadata.finalizers).toEqual(["foregroundDeletion"]);
    await plane.client.patch(ConfigMap, { name: "slow", namespace }, { type: "merge", body: { metadata: { finalizers: null } } });
    await plane.idle();
    expect(await names()).toEqual([]);
  });

  it("takes an object whose owner never was, or was replaced by a namesake", async () => {
    const ghost = { ...by(await make("real")), uid: "00000000-0000-0000-0000-000000000000" };
    await make("haunted", [ghost]);
    await make("abandoned", [{ ...ghost, name: "ghost" }]);
    await plane.idle();
    expect(await names()).toEqual(["real"]);
  });

  it("keeps an object whose owner is of a kind it does not know", async () => {
    await make("kept", [{ apiVersion: "example.com/v1", kind: "Unknown", name: "x", uid: "1" }]);
    await plane.idle();
    expect(await names()).toEqual(["kept"]);
  });

  it("crosses kinds, and knows cluster-wide owners", async () => {
    const node = await plane.client.create(Node, { metadata: { name: "n1" }, spec: {} });
    const owner = { apiVersion: "v1", kind: "Node", name: "n1", uid: node.metadata.uid };
    await plane.client.create(Secret, { metadata: { name: "s", namespace, ownerReferences: [owner] } });
    await plane.client.delete(Node, { name: "n1" });
    await plane.idle();
    expect((await plane.client.list(Secret, { namespace })).items).toEqual([]);
  });

  it("reports a namespaced owner of a cluster-wide object, and keeps the object", async () => {
    const owner = by(await make("owner"));
    await plane.client.create(Namespace, { metadata: { name: "odd", ownerReferences: [owner] }, spec: {} });
    await plane.idle();
    const { items } = await plane.client.list(Event);
    expect(items.map((e) => [e.reason, e.involvedObject.name])).toEqual([["OwnerRefInvalidNamespace", "odd"]]);
    expect((await plane.client.get(Namespace, { name: "odd" })).metadata.deletionTimestamp).toBeUndefined();
  });

  it("collects thousands of dependents of one owner", async () => {
    const top = await make("top");
    await Promise.all(Array.from({ length: 2000 }, (_, i) => make(`leaf-${i}`, [by(top)])));
    await remove("top");
    await plane.idle();
    expect(await names()).toEqual([]);
  });
});
