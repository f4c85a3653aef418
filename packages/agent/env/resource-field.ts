import type { Container, Pod, ResourceFieldSelector } from "@wherry/api";
import { Quantity } from "@wherry/machinery";

/** What a container without a limit may use at most: the node's allocatable resources. */
export type Allocatable = Readonly<Record<string, string>>;

/**
 * The value of a downward API `resourceFieldRef`, in units of its divisor and rounded up. Limits that are not set are the node's allocatable
 * ones. Throws on a resource or a container that there is not. Source: pkg/api/v1/resource ExtractContainerResourceValue.
 */
export function resourceField(pod: Pod, own: Container | undefined, ref: ResourceFieldSelector, allocatable: Allocatable): string {
  const container = ref.containerName ? containerNamed(pod, ref.containerName) : own;
  if (!container) throw new Error(`container ${ref.containerName ?? ""} not found`);
  const found = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.exec(ref.resource);
  if (!found) throw new Error(`unsupported container resource : ${ref.resource}`);
  const [, kind, name] = found as unknown as [string, "limits" | "requests", string];
  const amount = container.resources?.[kind]?.[name] ?? (kind === "limits" ? allocatable[name] : undefined) ?? "0";
  return inUnits(Quantity.parse(String(amount)), ref.divisor, name === "cpu");
}

function containerNamed(pod: Pod, name: string): Container | undefined {
  return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((c) => c.name === name);
}

function inUnits(amount: Quantity, divisor: string | undefined, milli: boolean): string {
  const unit = Quantity.parse(String(divisor ?? "1"));
  const by = unit.isZero() ? Quantity.parse("1") : unit;
  const value = milli ? Math.ceil(amount.milliValue() / by.milliValue()) : Math.ceil(amount.value() / by.value());
  return String(value);
}
