import { storeContract } from "@wherry/store/contract.ts";
import { openSqliteStore } from "./index.ts";

storeContract("sqlite in memory", async () => ({ store: await openSqliteStore({ path: ":memory:" }) }));
