import { CronJob, Job } from "@wherry/api";
import { FakeClock, rfc3339 } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cronJobController } from "./index.ts";

let clock: FakeClock;
let plane: ControlPlane;

beforeEach(async () => {
  clock = new FakeClock();
  plane = await startControlPlane({ clock, controllers: [cronJobController()] });
});
afterEach(() => plane.close());

const tick = { name: "tick", namespace: "default" };
const jobs = async () => (await plane.client.list(Job, { namespace: "default" })).items;
const pass = async (minutes: number) => {
  await clock.advance(minutes * 60_000);
  await plane.idle();
};

async function finish(job: Job): Promise<void> {
  const now = rfc3339(clock.now());
  const condition = { type: "Complete", status: "True", lastTransitionTime: now };
  const { name, namespace = "" } = job.metadata;
  const body = { status: { startTime: now, completionTime: now, conditions: [condition] } };
  await plane.client.patch(Job, { name, namespace }, { type: "merge", body }, { subresource: "status" });
  await plane.idle();
}

it("starts a job when it is time, follows it, and keeps the last one", async () => {
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "app:v1" }] } };
  const spec = { schedule: "*/5 * * * *", successfulJobsHistoryLimit: 1, jobTemplate: { spec: { template } } };
  await plane.client.create(CronJob, { metadata: tick, spec });
  await plane.idle();
  expect(await jobs()).toEqual([]);
  await pass(5);
  const [first] = await jobs();
  expect(first?.metadata.name).toBe(`tick-${clock.now() / 60_000}`);
  const status = async () => (await plane.client.get(CronJob, tick)).status;
  expect(await status()).toMatchObject({ active: [{ kind: "Job", uid: first?.metadata.uid }], lastScheduleTime: rfc3339(clock.now()) });
  await finish(first as Job);
  expect(await status()).toEqual({ lastScheduleTime: rfc3339(clock.now()), lastSuccessfulTime: rfc3339(clock.now()) });
  await pass(5);
  expect(await jobs()).toHaveLength(2);
  for (const job of await jobs()) if (job.metadata.uid !== first?.metadata.uid) await finish(job);
  expect((await jobs()).map((job) => job.metadata.name)).toEqual([`tick-${clock.now() / 60_000}`]);
});
