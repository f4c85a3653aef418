import { ConfigMap, Event, Namespace } from "@wherry/api";
import { FakeClock, silentLogger } from "@wherry/base";
import { createClient } from "@wherry/client";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { FlakyTransport } from "@wherry/testkit/flaky-transport.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEventRecorder, type FlushableEventRecorder } from "./event-recorder.ts";

let plane: ControlPlane;
let flaky: FlakyTransport;
let clock: FakeClock;
let recorder: FlushableEventRecorder;
let about: ConfigMap;
let tests = 0;

beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.close());
beforeEach(async () => {
  flaky = new FlakyTransport(plane.server.transport({ name: "recorder", groups: ["system:masters"] }));
  clock = new FakeClock();
  recorder = createEventRecorder({ client: createClient(flaky), clock, component: "tester", host: "n1", log: silentLogger });
  const namespace = await newNamespace(`events-${tests++}`);
  about = await plane.client.create(ConfigMap, { metadata: { name: "thing", namespace } });
});

/** Makes a namespace, and gives its name. */
async function newNamespace(name: string): Promise<string> {
  await plane.client.create(Namespace, { metadata: { name }, spec: {} });
  return name;
}

async function events(): Promise<Event[]> {
  await recorder.flushed();
  return (await plane.client.list(Event, { namespace: about.metadata.namespace ?? "" })).items;
}
const told = async () => (await events()).map((e) => `${e.type} ${e.reason} ${e.message} x${e.count}`).sort();

describe("createEventRecorder", () => {
  it("writes an Event that says what happened to what, when, and who says so", async () => {
    recorder.event(about, "Normal", "Created", "it is there", "spec.x");
    const [event] = await events();
    expect(event).toMatchObject({
      involvedObject: { apiVersion: "v1", kind: "ConfigMap", name: "thing", uid: about.metadata.uid, fieldPath: "spec.x" },
      type: "Normal",
      reason: "Created",
      message: "it is there",
      count: 1,
      source: { component: "tester", host: "n1" },
      reportingComponent: "tester",
      reportingInstance: "n1",
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
    });
    expect(event?.metadata.name).toMatch(/^thing\.[0-9a-f]{16}$/);
  });

  it("loses nothing when two recorders tell of one object in one millisecond", async () => {
    const other = createEventRecorder({ client: createClient(flaky), clock, component: "other", log: silentLogger });
    for (const reason of ["First", "Second"]) for (const who of [recorder, other]) who.event(about, "Normal", reason, "x");
    await other.flushed();
    expect((await events()).map((e) => `${e.source?.component} ${e.reason}`).sort()).toEqual([
      "other First",
      "other Second",
      "tester First",
      "tester Second",
    ]);
  });

  it("counts repeats, those that wait together and those that come later", async () => {
    for (let i = 0; i < 3; i++) recorder.event(about, "Warning", "Failed", "again");
    expect(await told()).toEqual(["Warning Failed again x3"]);
    await clock.advance(60_000);
    recorder.event(about, "Warning", "Failed", "again");
    expect(await told()).toEqual(["Warning Failed again x4"]);
    expect((await events())[0]).toMatchObject({ firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: "2026-01-01T00:01:00Z" });
  });

  it("combines many that differ only in their text", async () => {
    for (let i = 1; i <= 15; i++) recorder.event(about, "Warning", "Failed", `attempt ${i}`);
    const lines = await told();
    expect(lines).toHaveLength(10);
    expect(lines).toContain("Warning Failed (combined from similar events): attempt 15 x6");
  });

  it("lets no object flood the API", async () => {
    for (let i = 0; i < 40; i++) {
      recorder.event(about, "Normal", `Reason${i}`, "x");
      await recorder.flushed();
    }
    expect(await told()).toHaveLength(25);
    await clock.advance(300_000);
    recorder.event(about, "Normal", "Later", "x");
    expect(await told()).toHaveLength(26);
  });

  it("starts over when its Event is gone", async () => {
    recorder.event(about, "Normal", "Seen", "x");
    const [first] = await events();
    await plane.client.delete(Event, { name: first?.metadata.name ?? "", namespace: about.metadata.namespace ?? "" });
    recorder.event(about, "Normal", "Seen", "x");
    expect(await told()).toEqual(["Normal Seen x x1"]);
  });

  it("waits for a server that is away, and drops what no server will take", async () => {
    flaky.refuse();
    recorder.event(about, "Normal", "Early", "x");
    recorder.event({ ...about, metadata: { ...about.metadata, namespace: "no-such-namespace" } }, "Normal", "Lost", "x");
    recorder.event(about, "Normal", "Late", "x");
    await clock.advance(25_000);
    expect(await told()).toEqual([]);
    flaky.heal();
    await clock.advance(10_000);
    expect(await told()).toEqual(["Normal Early x x1", "Normal Late x x1"]);
  });

  it("forgets rather than grows", async () => {
    flaky.refuse();
    const things = Array.from({ length: 1500 }, (_, i) => ({ ...about, metadata: { ...about.metadata, name: `thing-${i}`, uid: `${i}` } }));
    for (const thing of things) recorder.event(thing, "Normal", "Many", "x");
    flaky.heal();
    await clock.advance(10_000);
    const count = (await events()).length;
    expect(count).toBeGreaterThan(900);
    expect(count).toBeLessThanOrEqual(1000);
  });
});
