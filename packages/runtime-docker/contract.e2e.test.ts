import { runtimeContract } from "@wherry/runtime/contract.ts";
import { describe } from "vitest";
import { obstacle, openRuntime } from "./test-engine.ts";

describe.runIf(!obstacle)("Docker", { timeout: 60_000 }, () => {
  runtimeContract("DockerRuntime", openRuntime);
});
