import type { Column } from "@wherry/machinery";
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from "../../../generated/types.ts";
import { ageColumn, nameColumn } from "../../columns.ts";

const SHOWN = 2;
const UNKNOWN = "<unknown>";

/** Source: printers `printHorizontalPodAutoscaler`. */
export const hpaColumns: readonly Column<HorizontalPodAutoscaler>[] = [
  nameColumn,
  { name: "Reference", type: "string", value: ({ spec }) => `${spec.scaleTargetRef?.kind ?? ""}/${spec.scaleTargetRef?.name ?? ""}` },
  { name: "Targets", type: "string", value: targets },
  { name: "MinPods", type: "string", value: (o) => (o.spec.minReplicas === undefined ? "<unset>" : String(o.spec.minReplicas)) },
  { name: "MaxPods", type: "string", value: (o) => o.spec.maxReplicas ?? 0 },
  { name: "Replicas", type: "string", value: (o) => o.status?.currentReplicas ?? 0 },
  ageColumn,
];

/** Source: printers `formatHPAMetrics`. */
function targets({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return "<none>";
  const cells = metrics.map((metric, i) => cell(metric, status?.currentMetrics?.[i])).slice(0, SHOWN);
  const text = cells.join(", ");
  return metrics.length > SHOWN ? `${text} + ${metrics.length - SHOWN} more...` : text;
}

function cell(metric: MetricSpec, status: MetricStatus | undefined): string {
  switch (metric.type) {
    case "Pods":
      return `${status?.pods?.current.averageValue ?? UNKNOWN}/${metric.pods?.target?.averageValue ?? UNKNOWN}`;
    case "External":
      return valueCell(metric.external?.target, status?.external?.current);
    case "Object":
      return valueCell(metric.object?.target, status?.object?.current);
    case "Resource":
      return `${metric.resource?.name}: ${resourceCell(metric.resource?.target, status?.resource?.current)}`;
    case "ContainerResource":
      return `${metric.containerResource?.name}: ${resourceCell(metric.containerResource?.target, status?.containerResource?.current)}`;
    default:
      return "<unknown type>";
  }
}

function valueCell(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  return `${current?.value ?? UNKNOWN}/${target?.value ?? UNKNOWN}`;
}

function resourceCell(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue}`;
  const percent = (value: number | undefined, otherwise: string) => (value === undefined ? otherwise : `${value}%`);
  return `${percent(current?.averageUtilization, UNKNOWN)}/${percent(target?.averageUtilization, "<auto>")}`;
}
