import { join } from "node:path";
import { execPath } from "node:process";
import { ROOT, TestCluster } from "@wherry/e2e/cluster.ts";

/** The name of the cluster that benchmarks make. */
export const NAME = "bench";

/** Runs the bundle as an installed wherry does, whatever has happened to the sources since it was made. */
export const PROGRAM: readonly string[] = [execPath, join(ROOT, "dist", "wherry.js")];

/** A cluster that is not up yet, without what an earlier run may have left. */
export const newCluster = (): Promise<TestCluster> => TestCluster.create(NAME, PROGRAM);

/** Brings a cluster up for the time of `work`. */
export async function withCluster(work: (cluster: TestCluster) => Promise<void>): Promise<void> {
  const cluster = await newCluster();
  try {
    await cluster.up();
    await work(cluster);
  } finally {
    await cluster.remove();
  }
}
