import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { persistentStoreContract } from "@wherry/store/contract.ts";
import { onTestFinished } from "vitest";
import { openSqliteStore } from "./index.ts";

persistentStoreContract("sqlite on disk", async () => {
  const dir = await mkdtemp(join(tmpdir(), "wherry-store-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, "store.db");
  let store = await openSqliteStore({ path });
  const reopen = async () => {
    await store.close();
    store = await openSqliteStore({ path });
    return store;
  };
  return { store, reopen };
});
