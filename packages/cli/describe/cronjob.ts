import type { CronJob, JobTemplateSpec } from "@wherry/api";
import { labelSelectorFrom } from "@wherry/machinery";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import { addPodTemplate } from "./pod/template.ts";
import type { Surroundings } from "./surroundings.ts";
import { longTime } from "./time.ts";

const UNSET = "<unset>";

/** A cron job. Source: kubectl pkg/describe/describe.go, `describeCronJob`. */
export async function describe(d: Description, cronJob: CronJob, around: Surroundings): Promise<void> {
  const { spec, status } = cronJob;
  addName(d, cronJob);
  addLabels(d, cronJob);
  if (spec) addSpec(d, spec);
  d.line(0, "Last Schedule Time:", status?.lastScheduleTime ? longTime(status.lastScheduleTime) : UNSET);
  d.line(0, "Active Jobs:", (status?.active ?? []).map((job) => job.name).join(", ") || "<none>");
  await addEvents(d, cronJob, around);
}

function addSpec(d: Description, spec: NonNullable<CronJob["spec"]>): void {
  d.line(0, "Schedule:", spec.schedule);
  d.line(0, "Concurrency Policy:", spec.concurrencyPolicy ?? "");
  d.line(0, "Suspend:", spec.suspend === undefined ? UNSET : spec.suspend ? "True" : "False");
  d.line(0, "Successful Job History Limit:", String(spec.successfulJobsHistoryLimit ?? UNSET));
  d.line(0, "Failed Job History Limit:", String(spec.failedJobsHistoryLimit ?? UNSET));
  d.line(0, "Starting Deadline Seconds:", spec.startingDeadlineSeconds === undefined ? UNSET : `${spec.startingDeadlineSeconds}s`);
  addJobTemplate(d, spec.jobTemplate);
}

function addJobTemplate(d: Description, { spec }: JobTemplateSpec): void {
  d.line(0, "Selector:", spec?.selector ? labelSelectorFrom(spec.selector).toString() : UNSET);
  d.line(0, "Parallelism:", String(spec?.parallelism ?? UNSET));
  d.line(0, "Completions:", String(spec?.completions ?? UNSET));
  if (spec?.activeDeadlineSeconds !== undefined) d.line(0, "Active Deadline Seconds:", `${spec.activeDeadlineSeconds}s`);
  addPodTemplate(d, spec?.template);
}
