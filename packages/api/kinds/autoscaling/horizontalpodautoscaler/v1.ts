import { isData } from "@wherry/machinery/data.ts";
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, V1HorizontalPodAutoscaler } from "../../../generated/types.ts";
import { type OldMetric, specFromOld, specToOld, statusFromOld, statusToOld } from "./v1-metrics.ts";

/** What version 1 has no fields for. Source: `pkg/apis/autoscaling/annotations.go`. */
const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
const STATUSES = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";
const CARRIERS: readonly string[] = [METRICS, STATUSES, CONDITIONS, BEHAVIOR];

type Annotations = Record<string, string>;

/** Source: autoscaling/v1 `Convert_autoscaling_HorizontalPodAutoscaler_To_v1_HorizontalPodAutoscaler`. */
export function fromStored(stored: HorizontalPodAutoscaler): V1HorizontalPodAutoscaler {
  const { metrics = [], behavior, ...spec } = stored.spec ?? {};
  const { currentMetrics = [], conditions = [], ...status } = stored.status ?? { desiredReplicas: 0 };
  const target = metrics.find(usesCpu);
  const current = currentMetrics.find(showsCpu);
  const others = metrics.filter((metric) => metric !== target);
  const shown = currentMetrics.filter((metric) => metric !== current);
  const carried: Annotations = {
    ...(others.length > 0 && { [METRICS]: JSON.stringify(others.map(specToOld)) }),
    ...(shown.length > 0 && { [STATUSES]: JSON.stringify(shown.map(statusToOld)) }),
    ...(conditions.length > 0 && { [CONDITIONS]: JSON.stringify(conditions) }),
    ...(behavior && { [BEHAVIOR]: JSON.stringify(behavior) }),
  };
  const utilization = target?.resource?.target.averageUtilization;
  const used = current?.resource?.current.averageUtilization;
  return {
    ...stored,
    metadata: withAnnotations(stored.metadata, { ...stored.metadata.annotations, ...carried }),
    spec: { ...spec, ...(utilization !== undefined && { targetCPUUtilizationPercentage: utilization }) },
    status: { currentReplicas: 0, ...status, ...(used !== undefined && { currentCPUUtilizationPercentage: used }) },
  };
}

const usesCpu = (m: MetricSpec) =>
  m.type === "Resource" && m.resource?.name === "cpu" && m.resource.target?.averageUtilization !== undefined;
const showsCpu = (m: MetricStatus) =>
  m.type === "Resource" && m.resource?.name === "cpu" && m.resource.current?.averageUtilization !== undefined;

/** Source: autoscaling/v1 `Convert_v1_HorizontalPodAutoscaler_To_autoscaling_HorizontalPodAutoscaler`. What an annotation says badly is not heard. */
export function toStored(o: V1HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const { annotations = {} } = o.metadata;
  const { targetCPUUtilizationPercentage: utilization, ...spec } = o.spec ?? {};
  const { currentCPUUtilizationPercentage: used, ...status } = o.status ?? { desiredReplicas: 0 };
  const metrics: MetricSpec[] = listIn(annotations, METRICS).map(specFromOld);
  const currentMetrics: MetricStatus[] = listIn(annotations, STATUSES).map(statusFromOld);
  if (utilization !== undefined) metrics.push(cpu(utilization));
  if (used !== undefined) currentMetrics.push({ type: "Resource", resource: { name: "cpu", current: { averageUtilization: used } } });
  const conditions = listIn(annotations, CONDITIONS) as unknown as NonNullable<HorizontalPodAutoscaler["status"]>["conditions"];
  const behavior = parsed(annotations, BEHAVIOR);
  const rest = Object.entries(annotations).filter(([key]) => !CARRIERS.includes(key));
  return {
    ...o,
    metadata: withAnnotations(o.metadata, Object.fromEntries(rest)),
    spec: { ...spec, ...(metrics.length > 0 && { metrics }), ...(isData(behavior) && { behavior }) },
    status: { ...status, ...(currentMetrics.length > 0 && { currentMetrics }), ...(conditions?.length && { conditions }) },
  } as HorizontalPodAutoscaler;
}

function cpu(averageUtilization: number): MetricSpec {
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
}

function withAnnotations<M extends { annotations?: Annotations }>(metadata: M, annotations: Annotations): M {
  const { annotations: _, ...rest } = metadata;
  return (Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest) as M;
}

const listIn = (annotations: Annotations, key: string): OldMetric[] => {
  const value = parsed(annotations, key);
  return Array.isArray(value) ? value.filter(isData) : [];
};

function parsed(annotations: Annotations, key: string): unknown {
  try {
    return JSON.parse(annotations[key] ?? "null");
  } catch {
    return undefined;
  }
}
