import { type Column, humanDuration } from "@wherry/machinery";
import type { Job } from "../../../generated/types.ts";
import { containerImages, containerNames } from "../../apps/pods.ts";
import { formatSelector } from "../../apps/selector.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { isConditionTrue } from "../../conditions.ts";

/** Source: printers `printJob`. */
export const jobColumns: readonly Column<Job>[] = [
  nameColumn,
  { name: "Status", type: "string", value: status },
  { name: "Completions", type: "string", value: completions },
  { name: "Duration", type: "string", value: duration },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: (o) => containerNames(o.spec.template) },
  { name: "Images", type: "string", priority: 1, value: (o) => containerImages(o.spec.template) },
  { name: "Selector", type: "string", priority: 1, value: (o) => formatSelector(o.spec.selector) },
];

function status({ metadata, status }: Job): string {
  const has = (type: string) => isConditionTrue(status?.conditions, type);
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (metadata.deletionTimestamp) return "Terminating";
  if (has("Suspended")) return "Suspended";
  return has("FailureTarget") ? "FailureTarget" : "Running";
}

function completions({ spec, status }: Job): string {
  const done = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${done}/${spec.completions}`;
  const { parallelism = 0 } = spec;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function duration({ status }: Job, now: number): string {
  if (!status?.startTime) return "";
  const end = status.completionTime ? Date.parse(status.completionTime) : now;
  return humanDuration(end - Date.parse(status.startTime));
}
