import { Event } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { startControlPlane } from "@wherry/testkit";
import { expect, it } from "vitest";

it("keeps an event for an hour after its last change", async () => {
  const clock = new FakeClock();
  const plane = await startControlPlane({ clock });
  const create = (name: string) => {
    const involvedObject = { kind: "Pod", name: "p", namespace: "default" };
    return plane.client.create(Event, {
      metadata: { name, namespace: "default" },
      involvedObject,
      reason: "R",
      message: "m",
      type: "Normal",
    });
  };
  const names = async () => (await plane.client.list(Event)).items.map((event) => event.metadata.name);
  /** Deletions reach the disk on another thread: wait for what the watch tells of them. */
  const until = async (count: number) => {
    const events = plane.client.watch(Event, { timeoutSeconds: 100_000 }, new AbortController().signal);
    for await (const _ of events) if ((await names()).length === count) return;
  };
  await create("quiet");
  await create("busy");
  await clock.advance(1_800_000);
  await plane.client.patch(Event, { name: "busy", namespace: "default" }, { type: "merge", body: { count: 2 } });
  const first = until(1);
  await clock.advance(1_860_000);
  await first;
  expect(await names()).toEqual(["busy"]);
  const second = until(0);
  await clock.advance(1_800_000);
  await second;
  expect(await names()).toEqual([]);
  await plane.close();
});
