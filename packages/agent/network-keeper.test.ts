import { startControlPlane } from "@wherry/testkit";
import { expect, it } from "vitest";
import { withNode } from "./testing/with-node.ts";

const at = withNode(startControlPlane);

it("looks after the network when the engine is back, for it may have changed the host's rules", async () => {
  expect(at.node.network.setups).toBe(1);
  at.node.runtime.setAvailable(false);
  at.node.runtime.setAvailable(true);
  await at.node.eventually("another look", () => at.node.network.setups === 2);
});

it("looks after the network now and then", async () => {
  await at.clock.advance(299_000);
  expect(at.node.network.setups).toBe(1);
  await at.clock.advance(1_000);
  expect(at.node.network.setups).toBe(2);
  await at.clock.advance(300_000);
  expect(at.node.network.setups).toBe(3);
});

it("tries again soon when the network cannot be put right", async () => {
  at.node.network.setupError = "the kernel is busy";
  at.node.runtime.setAvailable(true);
  await at.node.eventually("the failure", () => at.node.network.setups === 2);
  at.node.network.setupError = undefined;
  await at.clock.advance(1_500);
  expect(at.node.network.setups).toBe(3);
  await at.clock.advance(60_000);
  expect(at.node.network.setups).toBe(3);
});
