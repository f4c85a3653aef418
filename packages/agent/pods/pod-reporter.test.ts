import { Pod, type PodStatus } from "@wherry/api";
import { FakeClock, silentLogger } from "@wherry/base";
import { createClient } from "@wherry/client";
import { pod } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { FlakyTransport } from "@wherry/testkit/flaky-transport.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PodReporter } from "./pod-reporter.ts";

const at = { name: "p", namespace: "default" };
const status = (phase: string): PodStatus => ({ phase });

describe("PodReporter", () => {
  let plane: ControlPlane;
  let link: FlakyTransport;
  let clock: FakeClock;
  let known: Pod;
  let reporter: PodReporter;

  beforeEach(async () => {
    plane = await startControlPlane();
    link = new FlakyTransport(plane.server.transport({ name: "agent", groups: ["system:masters"] }));
    clock = new FakeClock();
    known = await plane.client.create(Pod, pod("p", { node: "n1" }));
    reporter = new PodReporter({
      client: createClient(link),
      clock,
      log: silentLogger,
      newest: () => known,
      onWritten(written) {
        known = written;
      },
    });
  });
  afterEach(async () => {
    reporter.stop();
    await plane.close();
  });

  const written = async () => (await plane.client.get(Pod, at)).status?.phase;

  it("writes before the pod's object goes, also when a write is under way that fails", async () => {
    link.hang();
    reporter.report(status("Succeeded"), 0);
    const flushed = reporter.flushed();
    link.heal();
    await flushed;
    expect(await written()).toBe("Succeeded");
  });

  it("does not keep the pod's object for ever when it cannot be written", async () => {
    link.refuse();
    reporter.report(status("Failed"), 0);
    await reporter.flushed();
    expect(await written()).toBe("Pending");
  });

  it("tries again after a while, with what is newest then", async () => {
    link.refuse();
    reporter.report(status("Running"), 0);
    await link.settled();
    reporter.report(status("Failed"), 60_000);
    link.heal();
    await clock.advance(1_000);
    await link.settled();
    expect(await written()).toBe("Failed");
  });

  it("writes at once what it has waited with, when asked to", async () => {
    reporter.report(status("Running"), 60_000);
    await reporter.flushed();
    expect(await written()).toBe("Running");
    await reporter.flushed();
  });
});
