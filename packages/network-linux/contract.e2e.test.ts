import { networkContract } from "@wherry/network/contract.ts";
import { describe } from "vitest";
import { config, obstacle, TestHost } from "./test-host.ts";

describe.runIf(!obstacle)("Linux", { timeout: 60_000 }, () => {
  networkContract("LinuxNetwork", async () => {
    const host = await TestHost.open();
    return {
      driver: host.driver(),
      config,
      restarted: () => host.driver(),
      startPod: () => host.startPod(),
      listen: (pid, greeting) => host.listen(pid, greeting),
      close: () => host.close(),
    };
  });
});
