import { isPodReady } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";

const at = withNode(startControlPlane);
const SIZE = 4;

const warm = async () => (await at.node.runtime.list()).sandboxes.filter((sandbox) => !sandbox.pod);
const settled = async () => {
  await at.clock.advance(1_000);
  await at.node.eventually("a full pool", () => at.node.runtime.calls.get("createSandbox") === SIZE);
};

it("removes sandboxes that died while the engine went away, when it is back", async () => {
  await settled();
  const old = (await warm()).map(({ id }) => id);
  const [first] = old;
  // The engine tells of the death, and is gone before anything can be removed.
  at.node.runtime.killSandbox(first!);
  at.node.runtime.available = false;
  await at.clock.advance(100);
  for (const id of old) at.node.runtime.killSandbox(id);
  at.node.runtime.setAvailable(true);
  for (let round = 0; round < 4; round++) await at.clock.advance(5_000);
  const now = await warm();
  expect(now.map(({ running }) => running)).toEqual(Array(SIZE).fill(true));
  expect(now.filter(({ id }) => old.includes(id))).toEqual([]);
  expect((await at.node.network.attachments()).map(({ id }) => id).sort()).toEqual(now.map(({ id }) => id).sort());
});

it("removes sandboxes that nobody knows, and none that a pod has", async () => {
  await settled();
  await at.node.run("web");
  await at.node.until("web", isPodReady);
  await at.clock.advance(1_000);
  const stray = await at.node.runtime.createSandbox();
  await at.clock.advance(61_000);
  const { sandboxes } = await at.node.runtime.list();
  expect(sandboxes.map(({ id }) => id)).not.toContain(stray.id);
  expect(sandboxes.filter(({ pod }) => pod?.name === "web").length).toBe(1);
  expect(sandboxes.length).toBe(SIZE + 1);
});

it("keeps as many warm as a burst of pods took, and lets go of them after some minutes", async () => {
  await settled();
  const names = Array.from({ length: 10 }, (_, i) => `web-${i}`);
  await Promise.all(names.map((name) => at.node.run(name)));
  for (const name of names) await at.node.until(name, isPodReady);
  await at.clock.advance(1_000);
  await at.node.eventually("a larger pool", async () => (await warm()).length === names.length);
  await at.clock.advance(301_000);
  await at.node.eventually("a pool as before", async () => (await warm()).length === SIZE);
  expect((await at.node.network.attachments()).length).toBe(names.length + SIZE);
});
