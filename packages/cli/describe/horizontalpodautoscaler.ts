import type {
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
  V1HorizontalPodAutoscaler,
} from "@wherry/api";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import { quantityText } from "./pod/containers.ts";
import type { Surroundings } from "./surroundings.ts";
import { longTime } from "./time.ts";

type Autoscaler = HorizontalPodAutoscaler | V1HorizontalPodAutoscaler;

/** An autoscaler of either version. Source: kubectl pkg/describe/describe.go, `describeHorizontalPodAutoscalerV2` and `V1`. */
export async function describe(d: Description, hpa: Autoscaler, around: Surroundings): Promise<void> {
  const { kind, name } = hpa.spec?.scaleTargetRef ?? { kind: "", name: "" };
  addName(d, hpa);
  addLabels(d, hpa);
  d.line(0, "CreationTimestamp:", longTime(hpa.metadata.creationTimestamp));
  d.line(0, "Reference:", `${kind}/${name}`);
  if (isV1(hpa)) addUtilization(d, hpa);
  else addMetrics(d, hpa);
  d.line(0, "Min replicas:", String(hpa.spec?.minReplicas ?? "<unset>"));
  d.line(0, "Max replicas:", String(hpa.spec?.maxReplicas ?? 0));
  if (!isV1(hpa)) addBehavior(d, hpa);
  d.line(0, `${kind} pods:`, `${hpa.status?.currentReplicas ?? 0} current / ${hpa.status?.desiredReplicas ?? 0} desired`);
  if (!isV1(hpa)) addConditions(d, hpa);
  await addEvents(d, hpa, around);
}

const isV1 = (hpa: Autoscaler): hpa is V1HorizontalPodAutoscaler => hpa.apiVersion === "autoscaling/v1";

function addUtilization(d: Description, { spec, status }: V1HorizontalPodAutoscaler): void {
  if (spec?.targetCPUUtilizationPercentage === undefined) return;
  d.line(0, "Target CPU utilization:", `${spec.targetCPUUtilizationPercentage}%`);
  d.line(0, "Current CPU utilization:", `${status?.currentCPUUtilizationPercentage ?? "<unknown>"}%`);
}

function addMetrics(d: Description, { spec, status }: HorizontalPodAutoscaler): void {
  d.line(0, "Metrics:", "( current / target )");
  for (const [i, metric] of (spec?.metrics ?? []).entries()) d.line(1, ...metricCells(metric, status?.currentMetrics?.[i]));
}

function metricCells(
  { type, external, pods, object, resource, containerResource }: MetricSpec,
  status: MetricStatus | undefined,
): string[] {
  if (external) return valueCells(`${JSON.stringify(external.metric.name)} `, external.target, status?.external?.current);
  if (pods) return [`${JSON.stringify(pods.metric.name)} on pods:`, pair(status?.pods?.current?.averageValue, pods.target.averageValue)];
  if (object) {
    const { describedObject: on, metric, target } = object;
    return valueCells(`"${metric.name}" on ${on.kind}/${on.name} `, target, status?.object?.current);
  }
  if (resource) return shareCells(`resource ${resource.name} on pods`, resource.target, status?.resource?.current);
  if (!containerResource) return [`<unknown metric type ${JSON.stringify(type)}>`];
  const { name, container, target } = containerResource;
  return shareCells(`resource ${name} of container "${container}" on pods`, target, status?.containerResource?.current);
}

function valueCells(title: string, target: MetricTarget, current: MetricValueStatus | undefined): string[] {
  if (target.averageValue !== undefined) return [`${title}(target average value):`, pair(current?.averageValue, target.averageValue)];
  return [`${title}(target value):`, pair(current?.value, target.value)];
}

function shareCells(title: string, target: MetricTarget, current: MetricValueStatus | undefined): string[] {
  if (target.averageValue !== undefined) return [`${title}:`, pair(current?.averageValue, target.averageValue)];
  const { averageUtilization: used, averageValue } = current ?? {};
  const now = used === undefined ? "<unknown>" : `${used}% (${quantityText(averageValue)})`;
  const wanted = target.averageUtilization === undefined ? "<auto>" : `${target.averageUtilization}%`;
  return [`${title}  (as a percentage of request):`, `${now} / ${wanted}`];
}

const pair = (current: string | undefined, target: string | undefined) =>
  `${current === undefined ? "<unknown>" : quantityText(current)} / ${quantityText(target)}`;

function addBehavior(d: Description, { spec }: HorizontalPodAutoscaler): void {
  if (!spec?.behavior) return;
  d.line(0, "Behavior:");
  addDirection(d, "Scale Up", spec.behavior.scaleUp);
  addDirection(d, "Scale Down", spec.behavior.scaleDown);
}

function addDirection(d: Description, title: string, rules: HPAScalingRules | undefined): void {
  if (!rules) return;
  d.line(1, `${title}:`);
  if (rules.stabilizationWindowSeconds !== undefined) d.line(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds`);
  if (!rules.policies?.length) return;
  d.line(2, `Select Policy: ${rules.selectPolicy ?? "Max"}`);
  d.line(2, "Policies:");
  for (const { type, value, periodSeconds } of rules.policies)
    d.line(3, `- Type: ${type}`, `Value: ${value}`, `Period: ${periodSeconds} seconds`);
}

function addConditions(d: Description, { status }: HorizontalPodAutoscaler): void {
  if (!status?.conditions?.length) return;
  d.line(0, "Conditions:");
  d.line(1, "Type", "Status", "Reason", "Message");
  d.line(1, "----", "------", "------", "-------");
  for (const c of status.conditions) d.line(1, c.type, c.status, c.reason ?? "", c.message ?? "");
}
