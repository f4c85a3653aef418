import type { Job, JobSpec, JobStatus, Pod, PodStatus } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import { describe, expect, it } from "vitest";
import { EPOCH, job, pod } from "../fixtures.ts";
import { type BackoffRecord, backoffLeft, NO_FAILURES, nextBackoff } from "./backoff.ts";
import { judgeFailure } from "./failure-policy.ts";
import { planJob } from "./plan.ts";
import { podOfJob } from "./template.ts";
import { COMPLETION_INDEX, TRACKING_FINALIZER } from "./tracked-pod.ts";

const NOW = EPOCH + 3_600_000;
const HOUR_AGO = rfc3339(EPOCH);
const AGO = (seconds: number) => rfc3339(NOW - seconds * 1000);

interface Shape {
  index?: number;
  deleted?: boolean;
  counted?: boolean;
  annotations?: Record<string, string>;
  status?: Partial<PodStatus>;
}

/** A pod of a job, which is tracked unless it was counted. */
function worker(name: string, phase: string, { index, deleted, counted, annotations, status }: Shape = {}): Pod {
  const metadata = {
    uid: name,
    ...(!counted && { finalizers: [TRACKING_FINALIZER] }),
    ...(deleted && { deletionTimestamp: AGO(5) }),
    annotations: { ...annotations, ...(index !== undefined && { [COMPLETION_INDEX]: String(index) }) },
  };
  const end = { name: "main", image: "", imageID: "", ready: false, restartCount: 0 };
  const state = { terminated: { exitCode: phase === "Failed" ? 1 : 0, finishedAt: AGO(1) } };
  const over = phase === "Failed" || phase === "Succeeded";
  return pod(name, { metadata, status: { phase, ...(over && { containerStatuses: [{ ...end, state }] }), ...status } });
}

function plan(spec: Partial<JobSpec>, pods: Pod[], status?: JobStatus, backoff: BackoffRecord = NO_FAILURES) {
  const started: JobStatus = { startTime: HOUR_AGO, ...status };
  return planJob({ job: { ...job("work", spec), status: started }, pods, backoff }, NOW);
}

const types = (status: JobStatus) => status.conditions?.map(({ type, reason }) => `${type}: ${reason}`) ?? [];
const names = (pods: readonly Pod[]) => pods.map((p) => p.metadata.name);
const indexed = (completions: number, more: Partial<JobSpec> = {}): Partial<JobSpec> => ({
  completionMode: "Indexed",
  completions,
  parallelism: completions,
  ...more,
});
const indexesOf = (manifests: ReturnType<typeof plan>["create"]) =>
  manifests.map((m) => Number(m.metadata.annotations?.[COMPLETION_INDEX]));

describe("how many pods run", () => {
  it.each<[string, Partial<JobSpec>, Pod[], [number, number]]>([
    ["one", {}, [], [1, 0]],
    ["as many as are wanted at once", { parallelism: 3, completions: 5 }, [], [3, 0]],
    [
      "no more than are left to do",
      { parallelism: 3, completions: 4 },
      [worker("a", "Succeeded"), worker("b", "Succeeded"), worker("c", "Running")],
      [1, 0],
    ],
    ["fewer when the width shrinks", { parallelism: 1, completions: 5 }, [worker("a", "Running"), worker("b", "Running")], [0, 1]],
    ["a queue's workers until the first is done", { parallelism: 2 }, [worker("a", "Running")], [1, 0]],
    ["then no new ones", { parallelism: 2 }, [worker("a", "Succeeded"), worker("b", "Running")], [0, 0]],
    [
      "a replacement beside one that is leaving",
      { parallelism: 1, completions: 1 },
      [worker("a", "Running", { deleted: true, counted: true })],
      [1, 0],
    ],
    [
      "none while one is leaving, if asked so",
      { parallelism: 1, completions: 1, podReplacementPolicy: "Failed" },
      [worker("a", "Running", { deleted: true })],
      [0, 0],
    ],
    ["none while suspended", { suspend: true }, [worker("a", "Running")], [0, 1]],
  ])("%s", (_, spec, pods, expected) => {
    const { create, discard } = plan(spec, pods);
    expect([create.length, discard.length]).toEqual(expected);
  });

  it("does not replace a failed pod before its time", () => {
    const failed = worker("a", "Failed");
    expect(plan({}, [failed])).toMatchObject({ create: [], requeueAfterMs: 9000, backoff: { failures: 1 } });
    expect(plan({}, [], {}, { failures: 3, lastFailure: NOW - 39_000 })).toMatchObject({ create: [], requeueAfterMs: 1000 });
    expect(plan({}, [], {}, { failures: 3, lastFailure: NOW - 40_000 }).create).toHaveLength(1);
  });
});

describe("an indexed job", () => {
  it("has a pod for each index that is not done", () => {
    const pods = [worker("a", "Running", { index: 1 }), worker("b", "Succeeded", { index: 3 })];
    expect(indexesOf(plan(indexed(5), pods, { completedIndexes: "0", succeeded: 1 }).create)).toEqual([2, 4]);
  });

  it("deletes second pods of an index, and those of none", () => {
    const pods = [
      worker("a", "Pending", { index: 0 }),
      worker("b", "Running", { index: 0 }),
      worker("c", "Running", { index: 7 }),
      worker("d", "Running"),
    ];
    expect(names(plan(indexed(2), pods).discard).sort()).toEqual(["a", "c", "d"]);
  });

  it("remembers what is done as indexes", () => {
    const pods = [worker("a", "Succeeded", { index: 2 }), worker("b", "Succeeded", { index: 2 })];
    const { status, release } = plan(indexed(5), pods, { completedIndexes: "0,1", succeeded: 2 });
    expect(status).toMatchObject({ completedIndexes: "0-2", succeeded: 3, uncountedTerminatedPods: {} });
    expect(names(release)).toEqual(["a", "b"]);
  });

  it("tells its pods their index", () => {
    const made = podOfJob(job("work", indexed(3)), 2);
    expect(made.metadata).toMatchObject({
      generateName: "work-2-",
      labels: { app: "web", [COMPLETION_INDEX]: "2" },
      annotations: { [COMPLETION_INDEX]: "2" },
      finalizers: [TRACKING_FINALIZER],
    });
    expect(made.spec).toMatchObject({
      hostname: "work-2",
      containers: [
        { env: [{ name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef: { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } } }] },
      ],
    });
    expect(podOfJob(job("w".repeat(63), indexed(300)), 299).metadata.generateName).toBe(`${"w".repeat(53)}-299-`);
  });
});

describe("a limit for each index", () => {
  const limited = (completions: number, more: Partial<JobSpec> = {}) =>
    indexed(completions, { backoffLimit: 2 ** 31 - 1, backoffLimitPerIndex: 1, ...more });
  const failures = (n: number) => ({ "batch.kubernetes.io/job-index-failure-count": String(n) });

  it("keeps a failed pod until its replacement has its count", () => {
    const late = {
      containerStatuses: [
        {
          name: "main",
          image: "",
          imageID: "",
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode: 1, finishedAt: AGO(60) } },
        },
      ],
    };
    const failed = worker("a", "Failed", { index: 0, annotations: failures(0), status: late });
    const first = plan(limited(1), [failed]);
    expect(first.release).toEqual([]);
    expect(first.create[0]?.metadata.annotations).toEqual({ [COMPLETION_INDEX]: "0", ...failures(1) });
    const second = plan(limited(1), [failed, worker("b", "Running", { index: 0, annotations: failures(1) })]);
    expect(names(second.release)).toEqual(["a"]);
    expect(second.create).toEqual([]);
  });

  it("waits for each index by itself", () => {
    const failed = worker("a", "Failed", { index: 0, annotations: failures(0) });
    const { create, requeueAfterMs } = plan(limited(2), [failed]);
    expect(indexesOf(create)).toEqual([1]);
    expect(requeueAfterMs).toBe(9000);
  });

  it("gives up on an index, and on the job when all are settled", () => {
    const pods = [worker("a", "Failed", { index: 0, annotations: failures(1) }), worker("b", "Running", { index: 1 })];
    expect(plan(limited(2), pods).status).toMatchObject({ failedIndexes: "0" });
    expect(types(plan(limited(2), pods).status)).toEqual([]);
    const done = [...pods.slice(0, 1), worker("b", "Succeeded", { index: 1 })];
    expect(types(plan(limited(2), done).status)).toEqual(["FailureTarget: FailedIndexes"]);
  });

  it("gives up on the job when too many indexes failed", () => {
    const pods = [worker("a", "Failed", { index: 0, annotations: failures(1) }), worker("b", "Running", { index: 1 })];
    const { kill, status } = plan(limited(2, { maxFailedIndexes: 0 }), pods);
    expect(names(kill)).toEqual(["b"]);
    expect(types(status)).toEqual(["FailureTarget: MaxFailedIndexesExceeded"]);
  });
});

describe("counting", () => {
  it("notes what ended, lets it go, and only then counts it", () => {
    const spec = { parallelism: 2, completions: 4 };
    const first = plan(spec, [worker("a", "Succeeded"), worker("b", "Failed")]);
    expect(first.status.uncountedTerminatedPods).toEqual({ succeeded: ["a"], failed: ["b"] });
    expect(first.status).not.toHaveProperty("succeeded");
    expect(names(first.release)).toEqual(["a", "b"]);
    const second = plan(spec, [worker("a", "Succeeded", { counted: true }), worker("b", "Failed")], first.status);
    expect(second.status).toMatchObject({ succeeded: 1, uncountedTerminatedPods: { failed: ["b"] } });
    const third = plan(spec, [], second.status);
    expect(third.status).toMatchObject({ succeeded: 1, failed: 1, uncountedTerminatedPods: {} });
  });

  it("goes in steps of 500", () => {
    const pods = Array.from({ length: 700 }, (_, i) => worker(`p${i}`, "Succeeded"));
    const { status, release } = plan({ parallelism: 700, completions: 700 }, pods);
    expect(status.uncountedTerminatedPods?.succeeded).toHaveLength(500);
    expect(release).toHaveLength(500);
  });
});

describe("an end", () => {
  const failing = (message: RegExp | string, reason: string) => ({ type: "FailureTarget", status: "True", reason, message });

  it.each<[string, Partial<JobSpec>, Pod[], object]>([
    [
      "too many failures",
      { backoffLimit: 0 },
      [worker("a", "Failed")],
      failing("Job has reached the specified backoff limit", "BackoffLimitExceeded"),
    ],
    [
      "too many restarts",
      { backoffLimit: 3, template: { spec: { restartPolicy: "OnFailure", containers: [] } } },
      [worker("a", "Running", { status: { containerStatuses: [{ name: "main", image: "", imageID: "", ready: true, restartCount: 3 }] } })],
      failing("Job has reached the specified backoff limit", "BackoffLimitExceeded"),
    ],
    [
      "a deadline",
      { activeDeadlineSeconds: 3600 },
      [worker("a", "Running")],
      failing("Job was active longer than specified deadline", "DeadlineExceeded"),
    ],
    [
      "a rule of the failure policy",
      {
        podReplacementPolicy: "Failed",
        podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [1] } }] },
      },
      [worker("a", "Failed")],
      failing("Container main for pod default/a failed with exit code 1 matching FailJob rule at index 0", "PodFailurePolicy"),
    ],
  ])("by %s", (_, spec, pods, condition) => {
    const { status, create } = plan(spec, pods);
    expect(status.conditions).toMatchObject([condition]);
    expect(create).toEqual([]);
  });

  it("comes when all pods are counted and gone", () => {
    const target = { type: "FailureTarget", status: "True", reason: "DeadlineExceeded", message: "m" };
    const status = { failed: 1, conditions: [target] };
    const leaving = worker("a", "Running", { deleted: true, counted: true });
    expect(types(plan({}, [leaving], status).status)).toEqual(["FailureTarget: DeadlineExceeded"]);
    const { status: last, transitions } = plan({}, [], status);
    expect(types(last)).toEqual(["FailureTarget: DeadlineExceeded", "Failed: DeadlineExceeded"]);
    expect(transitions).toEqual([{ type: "Warning", reason: "DeadlineExceeded", message: "m" }]);
  });

  it("is complete when enough succeeded", () => {
    const first = plan({}, [worker("a", "Succeeded")]);
    expect(types(first.status)).toEqual(["SuccessCriteriaMet: CompletionsReached"]);
    const { status, transitions } = plan({}, [worker("a", "Succeeded", { counted: true })], first.status);
    expect(types(status)).toEqual(["SuccessCriteriaMet: CompletionsReached", "Complete: CompletionsReached"]);
    expect(status).toMatchObject({ succeeded: 1, completionTime: rfc3339(NOW) });
    expect(transitions).toEqual([{ type: "Normal", reason: "Completed", message: "Job completed" }]);
  });

  it.each<[string, NonNullable<JobSpec["successPolicy"]>["rules"], string | undefined]>([
    ["named indexes", [{ succeededIndexes: "0,2" }], "Matched rules at index 0"],
    ["some of them", [{ succeededIndexes: "1" }, { succeededIndexes: "0-4", succeededCount: 2 }], "Matched rules at index 1"],
    ["a number", [{ succeededCount: 2 }], "Matched rules at index 0"],
    ["nothing yet", [{ succeededIndexes: "0-2" }, { succeededCount: 3 }], undefined],
  ])("by the success policy: %s", (_, rules, message) => {
    const pods = [worker("a", "Succeeded", { index: 0 }), worker("b", "Succeeded", { index: 2 }), worker("c", "Running", { index: 1 })];
    const { status, kill } = plan(indexed(5, { successPolicy: { rules } }), pods);
    expect(status.conditions?.[0]?.message).toBe(message);
    expect(names(kill)).toEqual(message ? ["c"] : []);
  });
});

describe("suspending", () => {
  it("is told, and going on starts the time anew", () => {
    const { status, transitions } = plan({ suspend: true }, []);
    expect(types(status)).toEqual(["Suspended: JobSuspended"]);
    expect(transitions).toMatchObject([{ reason: "Suspended", message: "Job suspended" }]);
    const resumed = plan({ activeDeadlineSeconds: 60 }, [], status);
    expect(types(resumed.status)).toEqual(["Suspended: JobResumed"]);
    expect(resumed.status.startTime).toBe(rfc3339(NOW));
    expect(resumed.requeueAfterMs).toBe(60_000);
  });
  it("from the start leaves the time open", () => {
    const suspended = planJob({ job: job("work", { suspend: true }), pods: [], backoff: NO_FAILURES }, NOW);
    expect(suspended.status).not.toHaveProperty("startTime");
  });
});

describe("what a failure policy makes of a failure", () => {
  const failed = worker("a", "Failed", { status: { conditions: [{ type: "DisruptionTarget", status: "True" }] } });
  const codes = (operator: string, values: number[], containerName?: string) => ({
    operator,
    values,
    ...(containerName && { containerName }),
  });
  it.each<[string, NonNullable<Job["spec"]["podFailurePolicy"]>["rules"], object]>([
    ["no rule fits", [{ action: "FailJob", onExitCodes: codes("In", [2]) }], { counts: true }],
    ["another container", [{ action: "Ignore", onExitCodes: codes("In", [1], "other") }], { counts: true }],
    ["not in", [{ action: "Count", onExitCodes: codes("NotIn", [2]) }], { action: "Count", counts: true }],
    [
      "a condition",
      [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
      { action: "Ignore", counts: false },
    ],
    [
      "the first that fits",
      [
        { action: "FailIndex", onExitCodes: codes("In", [1]) },
        { action: "Ignore", onExitCodes: codes("In", [1]) },
      ],
      { action: "FailIndex", counts: true },
    ],
    [
      "a condition that fails the job",
      [{ action: "FailJob", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
      { action: "FailJob", counts: true, message: "Pod default/a has condition DisruptionTarget matching FailJob rule at index 0" },
    ],
  ])("%s", (_, rules, expected) => expect(judgeFailure(job("work", { podFailurePolicy: { rules } }), failed)).toEqual(expected));
});

describe("back-off", () => {
  it.each([
    [0, 0],
    [1, 10],
    [2, 20],
    [3, 40],
    [6, 320],
    [7, 600],
    [100, 600],
  ])("after %i failures: %i s", (failures, seconds) => expect(backoffLeft({ failures, lastFailure: NOW }, NOW)).toBe(seconds * 1000));

  it("begins again with a success", () => {
    const ended = (seconds: number) =>
      worker(`w${seconds}`, "Failed", {
        status: {
          containerStatuses: [
            {
              name: "main",
              image: "",
              imageID: "",
              ready: false,
              restartCount: 0,
              state: { terminated: { exitCode: 1, finishedAt: AGO(seconds) } },
            },
          ],
        },
      });
    const before = { failures: 4, lastFailure: EPOCH };
    expect(nextBackoff(before, [], [], NOW)).toEqual(before);
    expect(nextBackoff(before, [], [ended(3), ended(2)], NOW)).toEqual({ failures: 6, lastFailure: NOW - 2000 });
    expect(nextBackoff(before, [ended(4)], [ended(5), ended(2)], NOW)).toEqual({ failures: 1, lastFailure: NOW - 2000 });
    expect(nextBackoff(before, [ended(1)], [ended(2)], NOW)).toEqual(NO_FAILURES);
  });
});
