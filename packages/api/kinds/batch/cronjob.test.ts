import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { type CronSchedule, parseCron } from "./cronjob/cron.ts";
import { CronJob } from "./cronjob.ts";

const jobTemplate = { spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "bb:1" }] } } } };
const base = { schedule: "*/5 * * * *", jobTemplate };
const cron = (spec: object = {}) => created(CronJob, { spec: { ...base, ...spec } });

describe("a cron job", () => {
  it("gets its defaults, and its jobs those of pods only", () => {
    const { spec } = cron();
    expect(spec).toMatchObject({ concurrencyPolicy: "Allow", suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
    expect(spec.jobTemplate.spec).not.toHaveProperty("parallelism");
    expect(spec.jobTemplate.spec.template.spec).toMatchObject({ dnsPolicy: "ClusterFirst" });
  });

  it.each<[string, object]>([
    ["spec.schedule: Required value", { schedule: "" }],
    ['spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]', { schedule: "* * * *" }],
    ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string', { timeZone: "" }],
    [
      'spec.timeZone: Invalid value: "LOCAL": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      { timeZone: "LOCAL" },
    ],
    ['spec.timeZone: Invalid value: "Nowhere/City": unknown time zone Nowhere/City', { timeZone: "Nowhere/City" }],
    ['spec.timeZone: Invalid value: "+02:00": unknown time zone +02:00', { timeZone: "+02:00" }],
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
      { schedule: "TZ=UTC 0 * * * *", timeZone: "UTC" },
    ],
    ['spec.concurrencyPolicy: Unsupported value: "x": supported values: "Allow", "Forbid", "Replace"', { concurrencyPolicy: "x" }],
    ["spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0", { startingDeadlineSeconds: -1 }],
    [
      'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      { jobTemplate: { spec: { template: { spec: { containers: [{ name: "c", image: "i" }] } } } } },
    ],
    [
      "spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated",
      { jobTemplate: { spec: { ...jobTemplate.spec, selector: {} } } },
    ],
    [
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
      { jobTemplate: { spec: { ...jobTemplate.spec, manualSelector: true } } },
    ],
  ])("is refused: %s", (message, spec) => expect(findings(CronJob, { spec: { ...base, ...spec } })).toContain(message));

  it("takes a zone in its time zone, not in its schedule", () => {
    expect(findings(CronJob, { spec: { ...base, timeZone: "Europe/Berlin" } })).toEqual([]);
    const schedule = "CRON_TZ=UTC 0 * * * *";
    const errors = CronJob.validateCreate?.(cron({ schedule })) ?? [];
    expect(errors.map((e) => e.message)).toEqual([
      `Invalid value: "${schedule}": cannot use TZ or CRON_TZ in schedule, use timeZone field instead`,
    ]);
    const old = cron({ schedule });
    expect(
      updated(CronJob, old, (o) => {
        o.spec.suspend = true;
      }).errors,
    ).toEqual([]);
    expect(
      updated(CronJob, cron(), (o) => {
        o.spec.schedule = schedule;
      }).errors,
    ).toHaveLength(1);
  });

  it("has a name short enough for its jobs", () => {
    const name = "x".repeat(53);
    const errors = CronJob.validateCreate?.(created(CronJob, { metadata: { name }, spec: base })) ?? [];
    expect(errors.map((e) => e.message)).toEqual([`Invalid value: "${name}": must be no more than 52 characters`]);
  });

  it("prints when it ran", () => {
    const status = { active: [{ name: "j" }], lastScheduleTime: "2025-12-31T23:55:00Z" };
    expect(cells(CronJob, { ...cron({ timeZone: "UTC" }), status })).toEqual({
      Name: "x",
      Schedule: "*/5 * * * *",
      Timezone: "UTC",
      Suspend: "False",
      Active: 1,
      "Last Schedule": "5m",
      Age: "<unknown>",
      Containers: "c",
      Images: "bb:1",
      Selector: "<none>",
    });
    expect(cells(CronJob, cron())).toMatchObject({ Timezone: "<none>", Active: 0, "Last Schedule": "<none>" });
  });
});

describe("a schedule", () => {
  it("is read field by field", () => {
    const schedule = parseCron("0,30 8-18/2 1 JAN-mar sun");
    expect(schedule).toMatchObject({ anyDayOfMonth: false, anyDayOfWeek: false });
    expect(
      "minutes" in schedule &&
        [schedule.minutes, schedule.hours, schedule.daysOfMonth, schedule.months, schedule.daysOfWeek].map((s) => [...s]),
    ).toEqual([[0, 30], [8, 10, 12, 14, 16, 18], [1], [1, 2, 3], [0]]);
    expect(parseCron("@daily")).toEqual(parseCron("0 0 * * *"));
    expect(parseCron("TZ=Asia/Tokyo 0 5 * * ?")).toMatchObject({ timeZone: "Asia/Tokyo", anyDayOfWeek: true });
    expect(parseCron("@every 1h30m10.7s")).toEqual({ everyMs: 5_410_000 });
    expect("minutes" in parseCron("5/20 * * * *") && [...(parseCron("5/20 * * * *") as CronSchedule).minutes]).toEqual([5, 25, 45]);
  });

  it.each([
    ["", "empty spec string"],
    ["60 * * * *", "end of range (60) above maximum (59): 60"],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
    ["*/1/2 * * * *", "too many slashes: */1/2"],
    ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ["@often", "unrecognized descriptor: @often"],
    ["@every soon", 'failed to parse duration @every soon: time: invalid duration "soon"'],
    ["TZ=Nowhere * * * * *", "provided bad location Nowhere: unknown time zone Nowhere"],
  ])("%s is none", (text, why) => expect(() => parseCron(text)).toThrow(why));
});
