import { FakeClock } from "@wherry/base";
import type { ContainerRuntime, ContainerSpec } from "@wherry/runtime";
import { FakeRuntime } from "@wherry/runtime/fake.ts";
import { describe, expect, it } from "vitest";
import { Inventory } from "./inventory.ts";

const pod = { namespace: "default", name: "web", uid: "u1" };
const spec = (attempt: number): ContainerSpec => ({
  ...{ pod, name: "main", attempt, image: "i", env: [], mounts: [], resources: {}, security: {}, sandbox: "s", hostname: "web" },
});

/** A runtime whose `list` answers with what there was when it was asked, once it is let go. */
function slow(runtime: FakeRuntime): { runtime: ContainerRuntime; letGo: () => void } {
  const gate = Promise.withResolvers<void>();
  const list = async () => {
    const found = await runtime.list();
    await gate.promise;
    return found;
  };
  return {
    runtime: new Proxy(runtime, { get: (target, key) => (key === "list" ? list : Reflect.get(target, key).bind?.(target)) }),
    letGo: gate.resolve,
  };
}

describe("the inventory", () => {
  it("keeps what was made while it was read anew", async () => {
    const fake = new FakeRuntime({ clock: new FakeClock() });
    const { runtime, letGo } = slow(fake);
    const inventory = new Inventory(runtime, () => {});
    const refreshed = inventory.refresh();
    await Promise.resolve();
    const id = await fake.createContainer(spec(0));
    await fake.startContainer(id);
    inventory.noteContainer((await fake.containerStatus(id))!);
    letGo();
    await refreshed;
    expect(inventory.pod("u1").containers.map((c) => c.state)).toEqual(["running"]);
  });

  it("does not bring back what was removed while it was read anew", async () => {
    const fake = new FakeRuntime({ clock: new FakeClock() });
    const id = await fake.createContainer(spec(0));
    const { runtime, letGo } = slow(fake);
    const inventory = new Inventory(runtime, () => {});
    const refreshed = inventory.refresh();
    await Promise.resolve();
    await fake.removeContainer(id);
    inventory.noteGone(id);
    letGo();
    await refreshed;
    expect(inventory.podUids()).toEqual([]);
  });

  it("tells of changes only", async () => {
    const fake = new FakeRuntime({ clock: new FakeClock() });
    const changed: string[] = [];
    const inventory = new Inventory(fake, (uid) => changed.push(uid));
    const id = await fake.createContainer(spec(0));
    await inventory.refresh();
    await inventory.refresh();
    expect(changed).toEqual(["u1"]);
    await fake.startContainer(id);
    await inventory.look(id);
    await inventory.look(id);
    expect(changed).toEqual(["u1", "u1"]);
    await fake.removeContainer(id);
    await inventory.refresh();
    expect(changed.length).toBe(3);
    expect(inventory.container(id)).toBeUndefined();
  });
});
