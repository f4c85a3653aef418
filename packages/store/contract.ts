import { describe } from "vitest";
import { compactionContract } from "./contract/compaction.ts";
import type { OpenStore } from "./contract/harness.ts";
import { lifeContract } from "./contract/life.ts";
import { modelContract } from "./contract/model.ts";
import { type PersistentStore, persistenceContract } from "./contract/persistence.ts";
import { readContract } from "./contract/reads.ts";
import { watchContract } from "./contract/watch.ts";
import { writeContract } from "./contract/writes.ts";

export type { OpenedStore, OpenStore } from "./contract/harness.ts";
export type { PersistentStore } from "./contract/persistence.ts";

/** A store on a busy disk is slow; the tests wait for nothing but the store. */
const TIMEOUT_MS = 30_000;

/**
 * What every Store must do, as a vitest suite. `open` gives a new, empty store for each test; the suite closes it. The model test also reopens
 * a store that can be.
 */
export function storeContract(name: string, open: OpenStore): void {
  describe(`store contract: ${name}`, { timeout: TIMEOUT_MS }, () => {
    writeContract(open);
    readContract(open);
    watchContract(open);
    compactionContract(open);
    lifeContract(open);
    modelContract(open);
  });
}

/** `storeContract`, and what a Store that outlives its process must do as well. */
export function persistentStoreContract(name: string, open: () => Promise<PersistentStore>): void {
  storeContract(name, open);
  describe(`store contract: ${name}`, { timeout: TIMEOUT_MS }, () => persistenceContract(open));
}
