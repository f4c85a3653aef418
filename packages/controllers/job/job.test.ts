import { Event, Job, type JobSpec, Pod } from "@wherry/api";
import { FakeClock, rfc3339 } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { garbageCollector } from "../garbage-collector/index.ts";
import { ttlAfterFinishedController } from "../ttl-after-finished/index.ts";
import { jobController } from "./index.ts";
import { orphanedJobPodsController } from "./orphans.ts";
import { TRACKING_FINALIZER } from "./tracked-pod.ts";

let clock: FakeClock;
let plane: ControlPlane;

beforeEach(async () => {
  clock = new FakeClock();
  const controllers = [
    jobController(),
    orphanedJobPodsController(),
    ttlAfterFinishedController(),
    garbageCollector([Job, Pod]),
    hollowKubelet(),
  ];
  plane = await startControlPlane({ clock, controllers });
});
afterEach(() => plane.close());

const work = { name: "work", namespace: "default" };
const pods = async () => (await plane.client.list(Pod, { namespace: "default" })).items;
const status = async () => (await plane.client.get(Job, work)).status;
const patch = async (spec: object) => {
  await plane.client.patch(Job, work, { type: "merge", body: { spec } });
  await plane.idle();
};
const reasons = async () => (await plane.client.list(Event, { namespace: "default" })).items.map((e) => e.reason);

async function create(spec: Partial<JobSpec> = {}): Promise<void> {
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "app:v1" }] } };
  await plane.client.create(Job, { metadata: work, spec: { template, ...spec } });
  await plane.idle();
}

async function end(pod: Pod, phase: string): Promise<void> {
  const exitCode = phase === "Failed" ? 3 : 0;
  const state = { terminated: { exitCode, finishedAt: rfc3339(clock.now()) } };
  const containerStatuses = [{ name: "main", image: "", imageID: "", ready: false, restartCount: 0, state }];
  const { name, namespace = "" } = pod.metadata;
  const body = {
    status: { phase, containerStatuses, conditions: [{ type: "Ready", status: "False", lastTransitionTime: rfc3339(clock.now()) }] },
  };
  await plane.client.patch(Pod, { name, namespace }, { type: "merge", body }, { subresource: "status" });
}

/** Ends the active pods in some phase. */
async function endAll(phase: string, count = 100): Promise<void> {
  const active = (await pods()).filter((p) => p.status?.phase === "Running" && !p.metadata.deletionTimestamp);
  await Promise.all(active.slice(0, count).map((p) => end(p, phase)));
  await plane.idle();
}

it("runs pods to completion, and counts them", async () => {
  await create({ completions: 3, parallelism: 2 });
  expect(await status()).toMatchObject({
    active: 2,
    ready: 2,
    terminating: 0,
    uncountedTerminatedPods: {},
    startTime: rfc3339(clock.now()),
  });
  expect((await pods())[0]?.metadata).toMatchObject({
    finalizers: [TRACKING_FINALIZER],
    labels: { "batch.kubernetes.io/job-name": "work" },
  });
  await endAll("Succeeded", 1);
  expect(await status()).toMatchObject({ active: 2, succeeded: 1 });
  await endAll("Succeeded");
  expect(await status()).toEqual({
    succeeded: 3,
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
    startTime: rfc3339(clock.now()),
    completionTime: rfc3339(clock.now()),
    conditions: [
      expect.objectContaining({ type: "SuccessCriteriaMet", status: "True", reason: "CompletionsReached" }),
      expect.objectContaining({ type: "Complete", status: "True", message: "Reached expected number of succeeded pods" }),
    ],
  });
  expect((await pods()).flatMap((p) => p.metadata.finalizers ?? [])).toEqual([]);
  expect(await reasons()).toEqual(expect.arrayContaining(["SuccessfulCreate", "Completed"]));
});

it("replaces failed pods later and later, and gives up", async () => {
  await create({ backoffLimit: 1 });
  await endAll("Failed");
  expect(await pods()).toHaveLength(1);
  expect(await status()).toMatchObject({ failed: 1 });
  await clock.advance(10_000);
  await plane.idle();
  expect(await pods()).toHaveLength(2);
  await endAll("Failed");
  expect(await status()).toMatchObject({
    failed: 2,
    conditions: [{ type: "FailureTarget" }, { type: "Failed", reason: "BackoffLimitExceeded" }],
  });
  expect(await reasons()).toContain("BackoffLimitExceeded");
});

it("ends at its deadline, and its running pods count as failed", async () => {
  await create({ activeDeadlineSeconds: 30, parallelism: 2 });
  await clock.advance(30_000);
  await plane.idle();
  expect(await status()).toMatchObject({
    failed: 2,
    conditions: [{ type: "FailureTarget" }, { type: "Failed", reason: "DeadlineExceeded" }],
  });
  expect(await pods()).toEqual([]);
});

it("suspends and goes on, without counting the pods that it took back", async () => {
  await create({ completions: 2, parallelism: 2 });
  await patch({ suspend: true });
  expect(await pods()).toEqual([]);
  expect(await status()).toMatchObject({ conditions: [{ type: "Suspended", status: "True", reason: "JobSuspended" }] });
  expect(await status()).not.toHaveProperty("failed");
  await patch({ suspend: false });
  expect(await status()).toMatchObject({ active: 2, conditions: [{ type: "Suspended", status: "False", reason: "JobResumed" }] });
  await endAll("Succeeded");
  expect(await status()).toMatchObject({ succeeded: 2 });
});

it("goes with its pods when its time is over", async () => {
  await create({ ttlSecondsAfterFinished: 60 });
  await endAll("Succeeded");
  await clock.advance(59_000);
  await plane.idle();
  expect(await status()).toBeDefined();
  await clock.advance(1000);
  await plane.idle();
  await expect(status()).rejects.toThrow('jobs.batch "work" not found');
  expect(await pods()).toEqual([]);
});

it("lets its pods go when it is deleted before them", async () => {
  await create({ parallelism: 2 });
  await plane.client.delete(Job, work, { propagationPolicy: "Orphan" });
  await plane.idle();
  const left = await pods();
  expect(left).toHaveLength(2);
  expect(left.flatMap((p) => [...(p.metadata.finalizers ?? []), ...(p.metadata.ownerReferences ?? [])])).toEqual([]);
});

it("leaves a job to the controller that it names", async () => {
  await create({ managedBy: "example.com/other" });
  expect(await pods()).toEqual([]);
  expect(await status()).toEqual({});
});

it("numbers the pods of an indexed job", async () => {
  await create({ completionMode: "Indexed", completions: 3, parallelism: 3 });
  const made = await pods();
  expect(made.map((p) => p.spec.hostname).sort()).toEqual(["work-0", "work-1", "work-2"]);
  await endAll("Succeeded");
  expect(await status()).toMatchObject({ succeeded: 3, completedIndexes: "0-2" });
});
