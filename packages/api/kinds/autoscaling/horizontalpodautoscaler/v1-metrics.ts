import { type Data, isData } from "@wherry/machinery/data.ts";
import type { MetricSpec, MetricStatus } from "../../../generated/types.ts";

/** A metric as annotations of version 1 write it: flat. Source: `autoscaling/v1` MetricSpec and MetricStatus. */
export type OldMetric = Data;

/** The members of a metric, and how version 1 writes each. */
interface Layout {
  member: string;
  /** The name of the metric and its selector, where they are in a part of their own. */
  metric?: { name: string; selector: string };
  /** Version 1's name for the object that is described. */
  described?: string;
  /** Version 2's field of the amounts, and version 1's name for each of them. */
  amounts: Readonly<Record<string, string>>;
}

const custom = { name: "metricName", selector: "selector" };
/** What a metric's spec asks for is named `target…`, what its status tells `current…`. */
const layouts = (prefix: "target" | "current"): readonly Layout[] => [
  { member: "resource", amounts: { averageUtilization: `${prefix}AverageUtilization`, averageValue: `${prefix}AverageValue` } },
  { member: "containerResource", amounts: { averageUtilization: `${prefix}AverageUtilization`, averageValue: `${prefix}AverageValue` } },
  { member: "pods", metric: custom, amounts: { averageValue: `${prefix}AverageValue` } },
  { member: "object", metric: custom, described: "target", amounts: { value: `${prefix}Value`, averageValue: "averageValue" } },
  {
    member: "external",
    metric: { name: "metricName", selector: "metricSelector" },
    amounts: { value: `${prefix}Value`, averageValue: `${prefix}AverageValue` },
  },
];
const SPECS = layouts("target");
const STATUSES = layouts("current");

export const specToOld = (metric: MetricSpec): OldMetric => toOld(metric as unknown as Data, SPECS, "target");
export const statusToOld = (metric: MetricStatus): OldMetric => toOld(metric as unknown as Data, STATUSES, "current");
export const specFromOld = (old: OldMetric): MetricSpec => fromOld(old, SPECS, "target") as unknown as MetricSpec;
export const statusFromOld = (old: OldMetric): MetricStatus => fromOld(old, STATUSES, "current") as unknown as MetricStatus;

const dataIn = (value: unknown): Data => (isData(value) ? value : {});

function toOld(metric: Data, members: readonly Layout[], part: string): OldMetric {
  const old: Data = { ...metric };
  for (const { member, metric: names, described, amounts } of members) {
    const source = metric[member];
    if (!isData(source)) continue;
    const { metric: identifier, describedObject, [part]: values, ...rest } = source;
    const { name, selector } = dataIn(identifier);
    const given = dataIn(values);
    const flat = Object.entries(amounts).flatMap(([field, old]) => (given[field] === undefined ? [] : [[old, given[field]]]));
    old[member] = {
      ...rest,
      ...(names && { [names.name]: name ?? "" }),
      ...(names && selector !== undefined && { [names.selector]: selector }),
      ...(described && { [described]: describedObject }),
      ...Object.fromEntries(flat),
    };
  }
  return old;
}

function fromOld(old: OldMetric, members: readonly Layout[], part: string): Data {
  const metric: Data = { ...old };
  for (const { member, metric: names, described, amounts } of members) {
    const source = old[member];
    if (!isData(source)) continue;
    const values: Data = {};
    for (const [field, name] of Object.entries(amounts)) if (source[name] !== undefined) values[field] = source[name];
    if (part === "target") values.type = targetType(values);
    const selector = names && source[names.selector];
    metric[member] = {
      ...without(source, [...Object.values(amounts), ...(names ? [names.name, names.selector] : []), ...(described ? [described] : [])]),
      ...(names && { metric: { name: source[names.name] ?? "", ...(selector !== undefined && { selector }) } }),
      ...(described && { describedObject: source[described] }),
      [part]: values,
    };
  }
  return metric;
}

function without(source: Data, fields: readonly string[]): Data {
  return Object.fromEntries(Object.entries(source).filter(([field]) => !fields.includes(field)));
}

function targetType(values: Data): string {
  if (values.averageUtilization !== undefined) return "Utilization";
  return values.averageValue !== undefined ? "AverageValue" : "Value";
}
