import { FakeClock } from "@wherry/base";
import { describe, expect, it } from "vitest";
import { FakeRuntime } from "./fake.ts";
import type { ContainerSpec } from "./runtime.ts";

const pod = { namespace: "default", name: "web", uid: "u1" };

function spec(image: string): ContainerSpec {
  return { pod, name: "app", attempt: 0, image, env: [], mounts: [], resources: {}, security: {}, sandbox: "s", hostname: "web" };
}

describe("FakeRuntime", () => {
  it("runs a scripted program on the clock", async () => {
    const clock = new FakeClock();
    const runtime = new FakeRuntime({ clock, images: ["bb:1"], behaviour: () => ({ endsAfterMs: 500, exitCode: 3, output: ["hello"] }) });
    const id = await runtime.createContainer(spec("bb:1"));
    await runtime.startContainer(id);
    await clock.advance(499);
    expect((await runtime.containerStatus(id))?.state).toBe("running");
    await clock.advance(1);
    expect(await runtime.containerStatus(id)).toMatchObject({ state: "exited", exitCode: 3, finishedAt: clock.now() });
    const lines: Buffer[] = [];
    for await (const line of runtime.logs(id, { timestamps: true }, new AbortController().signal)) lines.push(line);
    expect(lines.join("")).toBe("2026-01-01T00:00:00.000000000Z hello\n");
  });

  it("kills what does not end within its grace", async () => {
    const clock = new FakeClock();
    const runtime = new FakeRuntime({ clock, images: ["bb:1"], behaviour: () => ({ stopsAfterMs: 60_000 }) });
    const id = await runtime.createContainer(spec("bb:1"));
    await runtime.startContainer(id);
    const stopped = runtime.stopContainer(id, 30);
    await clock.advance(30_000);
    await stopped;
    expect((await runtime.containerStatus(id))?.exitCode).toBe(137);
  });

  it("rejects every call while the engine is away, and says resync when it is back", async () => {
    const runtime = new FakeRuntime({ clock: new FakeClock() });
    const events = runtime.events(new AbortController().signal)[Symbol.asyncIterator]();
    runtime.setAvailable(false);
    await expect(runtime.list()).rejects.toThrow("not available");
    runtime.setAvailable(true);
    expect(await events.next()).toEqual({ done: false, value: { type: "resync" } });
  });
});
