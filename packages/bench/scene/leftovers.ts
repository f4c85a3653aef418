import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestCluster } from "@wherry/e2e/cluster.ts";
import { removeLabelled } from "../peers/docker.ts";
import * as swarm from "../peers/swarm.ts";
import { NAME, PROGRAM } from "./bench-cluster.ts";

/** Removes all that benchmarks make, also after one that was killed. Idempotent. */
export async function removeLeftovers(): Promise<void> {
  await TestCluster.removeLeftover(NAME, PROGRAM);
  await removeLabelled();
  await swarm.clear();
  for (const name of readdirSync(tmpdir()))
    if (name.startsWith("wherry-bench-")) rmSync(join(tmpdir(), name), { recursive: true, force: true });
}

if (import.meta.main) await removeLeftovers();
