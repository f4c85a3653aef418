import type { Job } from "@wherry/api";

/**
 * When the job is to be deleted, in milliseconds since the epoch: `ttlSecondsAfterFinished` after its end. Undefined when it has not ended, is being deleted,
 * or is to be kept. Source: ttlafterfinished_controller.go.
 */
export function expiryOf({ metadata, spec, status }: Job): number | undefined {
  if (spec.ttlSecondsAfterFinished === undefined || metadata.deletionTimestamp) return undefined;
  const end = status?.conditions?.find(({ type, status: value }) => (type === "Complete" || type === "Failed") && value === "True");
  return end?.lastTransitionTime ? Date.parse(end.lastTransitionTime) + spec.ttlSecondsAfterFinished * 1000 : undefined;
}
