import type { Node, Pod } from "@wherry/api";
import { type Amounts, podLimits, podRequests } from "@wherry/api/kinds/core/pod/requests.ts";
import { amounts } from "@wherry/api/kinds/core/resources.ts";
import { humanAge, Quantity } from "@wherry/machinery";
import type { Description } from "../description.ts";

/** Of these the table always has a row. */
const ALWAYS = ["cpu", "memory", "ephemeral-storage"];

/** What each pod of a node takes, and all of them together. Source: kubectl pkg/describe/describe.go, `describeNodeResource`. */
export function addNodeResources(d: Description, { status }: Node, pods: readonly Pod[], now: number): void {
  const allocatable = amounts(Object.keys(status?.allocatable ?? {}).length ? status?.allocatable : status?.capacity);
  d.line(0, "Non-terminated Pods:", `(${pods.length} in total)`);
  d.line(1, "Namespace", "Name", "", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "Age");
  d.line(1, "---------", "----", "", "------------", "----------", "---------------", "-------------", "---");
  for (const pod of pods) {
    const [requests, limits] = [podRequests(pod), podLimits(pod)];
    const share = (from: Amounts, name: string) => shareText(from.get(name), name, allocatable);
    const cells = ["cpu", "memory"].flatMap((name) => [share(requests, name), share(limits, name)]);
    d.line(1, pod.metadata.namespace ?? "", pod.metadata.name, "", ...cells, humanAge(pod.metadata.creationTimestamp, now));
  }
  addTotals(d, allocatable, sum(pods.map(podRequests)), sum(pods.map(podLimits)));
}

function addTotals(d: Description, allocatable: Amounts, requests: Amounts, limits: Amounts): void {
  d.line(0, "Allocated resources:");
  d.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
  d.line(1, "Resource", "Requests", "Limits");
  d.line(1, "--------", "--------", "------");
  const others = [...allocatable.keys()].filter((name) => ![...ALWAYS, "pods"].includes(name)).sort();
  const pages = others.filter((name) => name.startsWith("hugepages-"));
  for (const name of [...ALWAYS, ...pages])
    d.line(1, name, shareText(requests.get(name), name, allocatable), shareText(limits.get(name), name, allocatable));
  for (const name of others.filter((other) => !pages.includes(other)))
    d.line(1, name, String(requests.get(name) ?? Quantity.zero), String(limits.get(name) ?? Quantity.zero));
}

/** `250m (12%)`. */
function shareText(amount: Quantity = Quantity.zero, name: string, allocatable: Amounts): string {
  const whole = allocatable.get(name) ?? Quantity.zero;
  const [part, all] = name === "cpu" ? [amount.milliValue(), whole.milliValue()] : [amount.value(), whole.value()];
  return `${amount} (${all === 0 ? 0 : Math.trunc((part / all) * 100)}%)`;
}

function sum(all: readonly Amounts[]): Amounts {
  const total: Amounts = new Map();
  for (const [name, amount] of all.flatMap((one) => [...one])) total.set(name, total.get(name)?.add(amount) ?? amount);
  return total;
}
