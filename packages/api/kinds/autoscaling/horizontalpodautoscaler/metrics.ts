import { type FieldError, forbiddenField, invalid, isPathSegmentName, notSupported, Quantity, required } from "@wherry/machinery";
import type { HorizontalPodAutoscalerSpec, MetricIdentifier, MetricSpec, MetricTarget } from "../../../generated/types.ts";
import { broken, each, present } from "../../rules.ts";
import { validateReference } from "../reference.ts";

const CPU_UTILIZATION = 80;

/** Source: autoscaling/v2 defaults `SetDefaults_HorizontalPodAutoscaler`. */
export function defaultMetrics(spec: HorizontalPodAutoscalerSpec): void {
  if (spec.metrics?.length) return;
  const target = { type: "Utilization", averageUtilization: CPU_UTILIZATION };
  spec.metrics = [{ type: "Resource", resource: { name: "cpu", target } }];
}

/** Members of a metric by its type, in the order in which they are looked at. */
const MEMBERS = {
  Object: "object",
  External: "external",
  Pods: "pods",
  Resource: "resource",
  ContainerResource: "containerResource",
} as const;
type Type = keyof typeof MEMBERS;
const TYPES: readonly string[] = ["ContainerResource", "External", "Object", "Pods", "Resource"];

/** Source: autoscaling validation `validateMetricSpec`. */
export function validateMetrics(metrics: readonly MetricSpec[] | undefined, path: string): FieldError[] {
  return each(metrics, path, (metric, at) => {
    const known = TYPES.includes(metric.type);
    const expected = known ? MEMBERS[metric.type as Type] : undefined;
    const members = Object.values(MEMBERS).filter((member) => metric[member]);
    const [first] = members;
    const others = members.length === 1 ? [] : members.filter((member) => member !== expected);
    return [
      ...present(`${at}.type`, metric.type, "must specify a metric source type"),
      ...(known ? [] : [notSupported(`${at}.type`, metric.type ?? "", TYPES)]),
      ...(first ? validateSource(metric, first, `${at}.${first}`) : []),
      ...(expected && !metric[expected] ? [required(`${at}.${expected}`, "must populate information for the given metric source")] : []),
      ...others.map((member) => forbiddenField(`${at}.${member}`, "must populate the given metric source only")),
    ];
  });
}

function validateSource(metric: MetricSpec, member: (typeof MEMBERS)[Type], path: string): FieldError[] {
  const { object, external, pods, resource, containerResource } = metric;
  if (member === "object")
    return [
      ...validateReference(object?.describedObject, `${path}.describedObject`),
      ...validateCustom(object, path),
      ...eitherValue(object, path),
    ];
  if (member === "external") return [...validateCustom(external, path), ...eitherValue(external, path), ...oneValue(external, path)];
  if (member === "pods") return [...validateCustom(pods, path), ...averageValue(pods, path)];
  const source = member === "resource" ? resource : containerResource;
  return [
    ...present(`${path}.name`, source?.name, "must specify a resource name"),
    ...(member === "containerResource" ? present(`${path}.container`, containerResource?.container, "must specify a container") : []),
    ...validateTarget(source?.target, `${path}.target`),
    ...rawOrUtilization(source?.target, `${path}.target`),
  ];
}

type Custom = { metric: MetricIdentifier; target: MetricTarget } | undefined;

function validateCustom(source: Custom, path: string): FieldError[] {
  const { name } = source?.metric ?? {};
  const missing = present(`${path}.metric.name`, name, "must specify a metric name");
  return [
    ...missing,
    ...broken(`${path}.metric.name`, name, isPathSegmentName(name ?? "")),
    ...validateTarget(source?.target, `${path}.target`),
  ];
}

function eitherValue(source: Custom, path: string): FieldError[] {
  const { value, averageValue: average } = source?.target ?? {};
  if (value !== undefined || average !== undefined) return [];
  return [required(`${path}.target.averageValue`, "must set either a target value for metric or a per-pod target")];
}

function oneValue(source: Custom, path: string): FieldError[] {
  const { value, averageValue: average } = source?.target ?? {};
  if (value === undefined || average === undefined) return [];
  return [forbiddenField(`${path}.target.value`, "may not set both a target value for metric and a per-pod target")];
}

function averageValue(source: Custom, path: string): FieldError[] {
  const average = source?.target?.averageValue;
  const good = average !== undefined && isPositive(average);
  return good ? [] : [required(`${path}.target.averageValue`, "must specify a positive target averageValue")];
}

function rawOrUtilization(target: MetricTarget | undefined, path: string): FieldError[] {
  const raw = target?.averageValue !== undefined;
  const utilization = target?.averageUtilization !== undefined;
  if (!raw && !utilization) return [required(`${path}.averageUtilization`, "must set either a target raw value or a target utilization")];
  return raw && utilization ? [forbiddenField(`${path}.averageValue`, "may not set both a target raw value and a target utilization")] : [];
}

function validateTarget(target: MetricTarget | undefined, path: string): FieldError[] {
  const { type = "", averageUtilization = 1, value, averageValue: average } = target ?? {};
  const known = ["Utilization", "Value", "AverageValue"].includes(type);
  return [
    ...present(`${path}.type`, type, "must specify a metric target type"),
    ...(known ? [] : [invalid(`${path}.type`, type, "must be either Utilization, Value, or AverageValue")]),
    ...(averageUtilization < 1 ? [invalid(`${path}.averageUtilization`, averageUtilization, "must be greater than 0")] : []),
    ...(value === undefined || isPositive(value) ? [] : [invalid(`${path}.value`, value, "must be positive")]),
    ...(average === undefined || isPositive(average) ? [] : [invalid(`${path}.averageValue`, average, "must be positive")]),
  ];
}

const isPositive = (amount: string) => (Quantity.tryParse(amount)?.sign() ?? 0) > 0;
