import { FakeClock } from "@wherry/base";
import type { Client } from "@wherry/client";
import { testTls } from "@wherry/pki/testing/tls.ts";
import { afterEach, beforeEach } from "vitest";
import { TestNode, type TestNodeOptions } from "./test-node.ts";

/** A control plane, as far as these tests need it. */
interface Plane {
  client: Client;
  close(): Promise<void>;
}

/** A fresh control plane and a node on it for each test of a file. `startPlane` is the testkit's `startControlPlane`. */
export function withNode(startPlane: (options: { clock: FakeClock }) => Promise<Plane>, options: Partial<TestNodeOptions> = {}) {
  const context = {} as { plane: Plane; node: TestNode; clock: FakeClock; client: Client };
  beforeEach(async () => {
    const clock = new FakeClock();
    const plane = await startPlane({ clock });
    const node = await TestNode.start({ client: plane.client, clock, tls: (await testTls()).server, ...options });
    Object.assign(context, { plane, node, clock, client: plane.client });
  });
  afterEach(async () => {
    await context.node.close();
    await context.plane.close();
  });
  return context;
}
