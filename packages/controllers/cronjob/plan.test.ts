import type { CronJob, CronJobSpec, CronJobStatus, Job } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import { describe, expect, it } from "vitest";
import { EPOCH, job, meta } from "../fixtures.ts";
import { planCronJob } from "./plan.ts";

const MINUTE = 60_000;
const at = (minutes: number) => rfc3339(EPOCH + minutes * MINUTE);

function cronJob(spec: Partial<CronJobSpec> = {}, status: CronJobStatus = {}): CronJob {
  const jobTemplate = { metadata: { labels: { a: "b" } }, spec: job("x").spec };
  const policy = { concurrencyPolicy: "Allow", suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: meta("tick", { uid: "cj" }),
    spec: { schedule: "*/10 * * * *", jobTemplate, ...policy, ...spec },
    status,
  };
}

function run(name: string, end?: "Complete" | "Failed", start = 0): Job {
  const one = job(name, {}, { uid: name });
  const conditions = end ? [{ type: end, status: "True" }] : [];
  return { ...one, status: { startTime: at(start), conditions, ...(end === "Complete" && { completionTime: at(start + 1) }) } };
}

const ref = (name: string) => ({ name, uid: name, namespace: "default", kind: "Job", apiVersion: "batch/v1" });
const plan = (cj: CronJob, jobs: Job[], minutes: number) => planCronJob(cj, jobs, EPOCH + minutes * MINUTE);
const reasons = (p: ReturnType<typeof plan>) => p.notices.map(({ reason }) => reason);

describe("a cron job", () => {
  it("waits for its time, and makes a job for it", () => {
    expect(plan(cronJob(), [], 9)).toMatchObject({ notices: [], requeueAfterMs: MINUTE });
    const due = plan(cronJob({ timeZone: "Asia/Tokyo" }), [], 11);
    const minutes = EPOCH / MINUTE + 10;
    expect(due.create?.metadata).toMatchObject({
      name: `tick-${minutes}`,
      labels: { a: "b" },
      annotations: { "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T09:10:00+09:00" },
      ownerReferences: [{ kind: "CronJob", uid: "cj", controller: true }],
    });
    expect(due).toMatchObject({ scheduledTime: at(10), requeueAfterMs: 9 * MINUTE });
  });

  it("makes up for the last of what it missed only", () => {
    expect(plan(cronJob(), [], 55).scheduledTime).toBe(at(50));
    expect(reasons(plan(cronJob(), [], 1000))).toEqual([]);
    const many = plan(cronJob(), [], 1011);
    expect([reasons(many), many.scheduledTime]).toEqual([["TooManyMissedTimes"], at(1010)]);
    expect(reasons(plan(cronJob({ startingDeadlineSeconds: 1200 }), [], 1011))).toEqual([]);
  });

  it("starts nothing after its deadline, nor while suspended", () => {
    const late = plan(cronJob({ startingDeadlineSeconds: 30 }), [], 11);
    expect([late.create, late.requeueAfterMs]).toEqual([undefined, 9 * MINUTE]);
    expect(plan(cronJob({ suspend: true }), [], 11).create).toBeUndefined();
  });

  it("does not do one time twice", () => {
    expect(plan(cronJob({}, { lastScheduleTime: at(10) }), [], 12).create).toBeUndefined();
  });

  it.each([
    ["Allow", true, [], []],
    ["Forbid", false, ["JobAlreadyActive"], []],
    ["Replace", true, [], ["a"]],
  ])("%s: what a running job means to the next", (concurrencyPolicy, creates, told, deleted) => {
    const p = plan(cronJob({ concurrencyPolicy }, { active: [ref("a")], lastScheduleTime: at(10) }), [run("a")], 20);
    expect([p.create !== undefined, reasons(p), p.delete.map((j) => j.metadata.name)]).toEqual([creates, told, deleted]);
    expect(p.status.active).toEqual(concurrencyPolicy === "Replace" ? undefined : [ref("a")]);
  });

  it("sees what became of its jobs", () => {
    const p = plan(cronJob({}, { active: [ref("a"), ref("gone"), ref("b")] }), [run("a", "Complete", 2), run("b"), run("strange")], 9);
    expect(p.notices.map(({ message }) => message)).toEqual([
      "Saw completed job: a, condition: Complete",
      "Saw a job that the controller did not create or forgot: strange",
      "Active job went missing: gone",
    ]);
    expect(p.status).toEqual({ active: [ref("b")], lastSuccessfulTime: at(3) });
  });

  it("keeps the last jobs only", () => {
    const jobs = [
      run("s3", "Complete", 3),
      run("s1", "Complete", 1),
      run("s2", "Complete", 2),
      run("f2", "Failed", 2),
      run("f1", "Failed", 1),
    ];
    const names = (spec: Partial<CronJobSpec>) => plan(cronJob(spec), jobs, 9).delete.map((j) => j.metadata.name);
    expect(names({})).toEqual(["f1"]);
    expect(names({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 })).toEqual(["s1", "s2", "f1", "f2"]);
  });
});
