import type { Job } from "@wherry/api";
import { humanDuration, labelSelectorFrom } from "@wherry/machinery";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addController, addLabels, addName } from "./metadata.ts";
import { addPodTemplate } from "./pod/template.ts";
import type { Surroundings } from "./surroundings.ts";
import { longTime } from "./time.ts";

/** How much of a long list of indexes is shown. */
const MAX_INDEXES = 50;

/** A job. Source: kubectl pkg/describe/describe.go, `describeJob`. */
export async function describe(d: Description, job: Job, around: Surroundings): Promise<void> {
  const spec = job.spec ?? { template: {} };
  addName(d, job);
  d.line(0, "Selector:", labelSelectorFrom(spec.selector).toString());
  addLabels(d, job);
  addController(d, job);
  addSpec(d, spec);
  addTimes(d, job);
  if (spec.activeDeadlineSeconds !== undefined) d.line(0, "Active Deadline Seconds:", `${spec.activeDeadlineSeconds}s`);
  const { active = 0, succeeded = 0, failed = 0, ready, completedIndexes = "" } = job.status ?? {};
  d.line(
    0,
    "Pods Statuses:",
    `${active} Active${ready === undefined ? "" : ` (${ready} Ready)`} / ${succeeded} Succeeded / ${failed} Failed`,
  );
  if (spec.completionMode === "Indexed") d.line(0, "Completed Indexes:", firstIndexes(completedIndexes));
  addPodTemplate(d, spec.template);
  await addEvents(d, job, around);
}

function addSpec(d: Description, spec: NonNullable<Job["spec"]>): void {
  if (spec.parallelism !== undefined) d.line(0, "Parallelism:", String(spec.parallelism));
  d.line(0, "Completions:", String(spec.completions ?? "<unset>"));
  if (spec.completionMode !== undefined) d.line(0, "Completion Mode:", spec.completionMode);
  if (spec.suspend !== undefined) d.line(0, "Suspend:", String(spec.suspend));
  if (spec.backoffLimit !== undefined) d.line(0, "Backoff Limit:", String(spec.backoffLimit));
  if (spec.ttlSecondsAfterFinished !== undefined) d.line(0, "TTL Seconds After Finished:", String(spec.ttlSecondsAfterFinished));
}

function addTimes(d: Description, { status: { startTime, completionTime } = {} }: Job): void {
  if (startTime) d.line(0, "Start Time:", longTime(startTime));
  if (completionTime) d.line(0, "Completed At:", longTime(completionTime));
  if (startTime && completionTime) d.line(0, "Duration:", humanDuration(Date.parse(completionTime) - Date.parse(startTime)));
}

function firstIndexes(text: string): string {
  const end = text.indexOf(",", MAX_INDEXES);
  return end < 0 ? text || "<none>" : `${text.slice(0, end + 1)}...`;
}
