import { buildImages } from "@wherry/images/build.ts";
import { afterAll, beforeAll, describe } from "vitest";
import { dockerSocket, missing, TestCluster } from "./cluster.ts";

/**
 * Tests that share one cluster of this name: it is brought up before the first and purged after the last. Where no cluster can be made, says why and skips
 * them. `cluster()` is for use in tests only.
 */
export function describeOnCluster(what: string, name: string, tests: (cluster: () => TestCluster) => void): void {
  const why = missing();
  if (why) console.warn(`end-to-end tests of ${what} do not run: ${why}`);
  describe.skipIf(why)(what, () => {
    let cluster: TestCluster | undefined;
    beforeAll(async () => {
      await buildImages(["busybox"], dockerSocket());
      cluster = await TestCluster.create(name);
      await cluster.up();
    });
    afterAll(() => cluster?.remove());
    tests(() => {
      if (!cluster) throw new Error(`${what}: the cluster is there only while tests run`);
      return cluster;
    });
  });
}
