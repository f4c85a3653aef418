import fc from "fast-check";
import { it } from "vitest";
import { expectAsAsked } from "./expectations.ts";
import { ModelCluster } from "./model-cluster.ts";
import { operation } from "./operations.ts";

const LONG = process.env.WHERRY_TEST_LONG === "1";
const STEPS = LONG ? 10_000 : 100;
const SEEDS = LONG ? 1 : 2;

/** A failing run prints its seed and its operations; WHERRY_TEST_SEED runs it again. */
it("random operations leave the cluster as its specs say", { timeout: LONG ? 3_600_000 : 120_000 }, async () => {
  const life = fc.asyncProperty(fc.array(operation, { minLength: STEPS, maxLength: STEPS, size: "max" }), async (operations) => {
    const cluster = await ModelCluster.open();
    try {
      for (const [step, op] of operations.entries()) {
        await cluster.perform(op);
        expectSingleIdentities(cluster, step);
        if (op.do === "quiet") check(cluster, `step ${step}`);
      }
      await cluster.quiet();
      check(cluster, "the end");
    } finally {
      await cluster.close();
    }
  });
  const { WHERRY_TEST_SEED: seed } = process.env;
  await fc.assert(life, { numRuns: SEEDS, endOnFailure: true, ...(seed && { seed: Number(seed) }) });
});

/** Whatever the server thinks: on no two nodes runs a pod of the same name, which only those of StatefulSets can have. */
function expectSingleIdentities({ nodes }: ModelCluster, step: number): void {
  const names = nodes.running.map((entry) => entry.split("/")[1]);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) throw new Error(`at step ${step}: ${twice} run twice`);
}

function check(cluster: ModelCluster, when: string): void {
  try {
    expectAsAsked(cluster);
  } catch (error) {
    throw new Error(`at ${when}: ${(error as Error).message}`, { cause: error });
  }
}
