import { type FieldError, forbiddenField, invalid, semanticEqual } from "@wherry/machinery";
import type { Container, Pod, PodSpec } from "../../../generated/types.ts";
import { isRestartableInit } from "./container.ts";

const MAY_CHANGE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

/** A pod stays what it was made as, but for a few fields. Source: core validation `ValidatePodUpdate`. */
export function validatePodUpdate(next: Pod, prev: Pod): FieldError[] {
  const counted = [
    ...countErrors(next.spec.containers, prev.spec.containers, "spec.containers"),
    ...countErrors(next.spec.initContainers, prev.spec.initContainers, "spec.initContainers"),
  ];
  if (counted.length > 0) return counted;
  const checks = [deadlineErrors, gateErrors, tolerationErrors, selectorErrors, otherChanges];
  return checks.flatMap((check) => check(next.spec, prev.spec));
}

function countErrors(next: readonly Container[] | undefined, prev: readonly Container[] | undefined, path: string): FieldError[] {
  const same = (next?.length ?? 0) === (prev?.length ?? 0);
  return same ? [] : [forbiddenField(path, "pod updates may not add or remove containers")];
}

function deadlineErrors(next: PodSpec, prev: PodSpec): FieldError[] {
  const path = "spec.activeDeadlineSeconds";
  if (prev.activeDeadlineSeconds === undefined) return [];
  if (next.activeDeadlineSeconds === undefined) {
    return [invalid(path, null, "must not update from a positive integer to nil value")];
  }
  if (next.activeDeadlineSeconds <= prev.activeDeadlineSeconds) return [];
  return [invalid(path, next.activeDeadlineSeconds, `must be less than or equal to previous value`)];
}

/** Gates may only go away. */
function gateErrors(next: PodSpec, prev: PodSpec): FieldError[] {
  const known = new Set((prev.schedulingGates ?? []).map((g) => g.name));
  return (next.schedulingGates ?? []).flatMap(({ name }, i) =>
    known.has(name)
      ? []
      : [forbiddenField(`spec.schedulingGates[${i}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`)],
  );
}

/** Tolerations are only added; of those there, the seconds may change. Source: core validation `validateOnlyAddedTolerations`. */
function tolerationErrors(next: PodSpec, prev: PodSpec): FieldError[] {
  if (tolerationsOnlyGrow(next, prev)) return [];
  return [forbiddenField("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")];
}

/** As long as a pod is gated, it may be said more closely where it is to run. Source: core validation `validateNodeSelectorMutation`. */
function selectorErrors(next: PodSpec, prev: PodSpec): FieldError[] {
  if (!isGated(prev) || selectorOnlyNarrows(next, prev)) return [];
  const detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
  return [invalid("spec.nodeSelector", next.nodeSelector ?? {}, detail)];
}

const isGated = (spec: PodSpec) => (spec.schedulingGates?.length ?? 0) > 0;

function otherChanges(next: PodSpec, prev: PodSpec): FieldError[] {
  const [before, after] = [masked(prev, prev, next), masked(next, prev, next)];
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => !semanticEqual(before[key as keyof PodSpec], after[key as keyof PodSpec]),
  );
  if (changed.length === 0) return [];
  const fields = changed.map((key) => `spec.${key}`).join(", ");
  return [forbiddenField("spec", `pod updates may not change fields other than ${MAY_CHANGE}\nchanged: ${fields}`)];
}

/** A spec without what may change between `prev` and `next`. */
function masked(spec: PodSpec, prev: PodSpec, next: PodSpec): PodSpec {
  const { activeDeadlineSeconds: _, schedulingGates: __, tolerations: ___, ...rest } = spec;
  const result: PodSpec = { ...rest, containers: spec.containers.map(withoutImage) };
  if (spec.initContainers) result.initContainers = spec.initContainers.map(withoutImage);
  if ((prev.terminationGracePeriodSeconds ?? 0) < 0 && next.terminationGracePeriodSeconds === 1)
    delete result.terminationGracePeriodSeconds;
  if (isGated(prev)) delete result.nodeSelector;
  return result;
}

const withoutImage = (c: Container): Container => ({ ...c, image: "" });

function tolerationsOnlyGrow(next: PodSpec, prev: PodSpec): boolean {
  const comparable = (t: object) => ({ ...t, tolerationSeconds: undefined });
  return (prev.tolerations ?? []).every((t) => next.tolerations?.some((n) => semanticEqual(comparable(n), comparable(t))));
}

function selectorOnlyNarrows(next: PodSpec, prev: PodSpec): boolean {
  return Object.entries(prev.nodeSelector ?? {}).every(([key, value]) => next.nodeSelector?.[key] === value);
}

/** A container that ended and is not to be restarted stays ended. Source: core validation `ValidatePodStatusUpdate`. */
export function validatePodStatusUpdate(next: Pod, prev: Pod): FieldError[] {
  const policy = prev.spec.restartPolicy;
  if (policy === "Always") return [];
  const once = new Set((prev.spec.initContainers ?? []).filter((c) => !isRestartableInit(c)).map((c) => c.name));
  return [
    ...revived(next.status?.containerStatuses, prev.status?.containerStatuses, policy, "status.containerStatuses"),
    ...revived(
      next.status?.initContainerStatuses?.filter((c) => once.has(c.name)),
      prev.status?.initContainerStatuses,
      policy,
      "status.initContainerStatuses",
    ),
  ];
}

type Statuses = NonNullable<Pod["status"]>["containerStatuses"];

function revived(next: Statuses, prev: Statuses, policy: string | undefined, path: string): FieldError[] {
  return (prev ?? []).flatMap((before, i) => {
    const final = before.state?.terminated && (policy === "Never" || before.state.terminated.exitCode === 0);
    const after = next?.find((c) => c.name === before.name);
    const alive = final && after && !after.state?.terminated;
    return alive ? [forbiddenField(`${path}[${i}].state`, "may not be transitioned to non-terminated state")] : [];
  });
}
