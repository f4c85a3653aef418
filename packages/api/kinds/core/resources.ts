import { type FieldError, invalid, isQualifiedName, Quantity } from "@wherry/machinery";
import { broken } from "../rules.ts";

/** Amounts by resource name, as they stand in objects: `{ cpu: "500m", memory: "1Gi" }`. */
export type ResourceList = Record<string, string>;

const CONTAINER_RESOURCES = ["cpu", "memory", "ephemeral-storage"];
const FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** Rewrites amounts in canonical form (`1000m` is `1`, a number its text); what is not an amount stays for validation to name. */
export function canonicalize(list: ResourceList | undefined): void {
  for (const [name, amount] of Object.entries(list ?? {})) list![name] = canonical(amount);
}

/** The canonical text of an amount, rounded up to thousandths as upstream stores them. */
export function canonical(amount: string | number): string {
  const quantity = Quantity.tryParse(amount);
  if (!quantity) return String(amount);
  return quantity.nanos % 1_000_000n === 0n ? quantity.toString() : Quantity.ofMilli(quantity.milliValue(), quantity.format).toString();
}

/** Exact amounts by name; what cannot be read is left out (validation has refused it). */
export function amounts(list: Readonly<ResourceList> | undefined): Map<string, Quantity> {
  const parsed = Object.entries(list ?? {}).map(([name, text]) => [name, Quantity.tryParse(text)] as const);
  return new Map(parsed.filter((entry): entry is [string, Quantity] => entry[1] !== undefined));
}

/** A resource outside of Kubernetes' own, such as `example.com/gpu`. Source: v1 helper `IsExtendedResourceName`. */
export function isExtendedResource(name: string): boolean {
  return name.includes("/") && !isNative(name) && !name.startsWith("requests.") && isQualifiedName(`requests.${name}`).length === 0;
}

const isNative = (name: string) => !name.includes("/") || name.includes("kubernetes.io/");
const isHugePages = (name: string) => name.startsWith("hugepages-");

/** Whether more of it may be limited than is requested. */
export function isOvercommitable(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

/** Names a container may request. Source: core validation `validateContainerResourceName`. */
export function containerResourceName(path: string, name: string): FieldError[] {
  const shape = broken(path, name, isQualifiedName(name));
  if (shape.length > 0) return shape;
  if (!name.includes("/")) {
    const standard = CONTAINER_RESOURCES.includes(name) || isHugePages(name);
    return standard ? [] : [invalid(path, name, "must be a standard resource for containers")];
  }
  return isNative(name) || isExtendedResource(name) ? [] : [invalid(path, name, "doesn't follow extended resource name standard")];
}

/** An amount of a resource: readable, not negative, whole where parts make no sense. */
export function resourceAmount(path: string, name: string, amount: string): FieldError[] {
  const quantity = Quantity.tryParse(amount);
  if (!quantity) return [invalid(path, amount, FORMAT_WRONG)];
  const errors: FieldError[] = [];
  if (quantity.sign() < 0) errors.push(invalid(path, amount, "must be greater than or equal to 0"));
  if (isExtendedResource(name) && quantity.milliValue() % 1000 !== 0) errors.push(invalid(path, amount, "must be an integer"));
  return errors;
}

const COUNTED = ["pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims"].concat([
  "services.nodeports",
  "services.loadbalancers",
]);
const MEASURED = ["cpu", "memory", "ephemeral-storage", "storage"];
const QUOTA_ONLY = ["cpu", "memory", "ephemeral-storage"]
  .flatMap((name) => [`requests.${name}`, `limits.${name}`])
  .concat("requests.storage");

/** Names that limits and quotas may speak of. Source: core validation `validateResourceName`. */
export function standardResourceName(path: string, name: string): FieldError[] {
  const shape = broken(path, name, isQualifiedName(name));
  const known = [...MEASURED, ...COUNTED, ...QUOTA_ONLY].includes(name) || isHugePages(name);
  return shape.length > 0 || name.includes("/") || known
    ? shape
    : [invalid(path, name, "must be a standard resource type or fully qualified")];
}

/** Names that a quota may speak of. Source: core validation `ValidateResourceQuotaResourceName`. */
export function quotaResourceName(path: string, name: string): FieldError[] {
  const shape = broken(path, name, isQualifiedName(name));
  const known = isStandardQuotaResource(name) || name.startsWith("count/");
  return shape.length > 0 || name.includes("/") || known ? shape : [invalid(path, name, "must be a standard resource for quota")];
}

/** Source: core helper `IsStandardQuotaResourceName`. */
export function isStandardQuotaResource(name: string): boolean {
  const measured = ["cpu", "memory", "ephemeral-storage", ...QUOTA_ONLY];
  return measured.includes(name) || COUNTED.includes(name) || isHugePages(name) || name.startsWith("requests.hugepages-");
}

/** An amount in a quota. Source: core validation `ValidateResourceQuantityValue`. */
export function quotaAmount(path: string, name: string, amount: string): FieldError[] {
  const quantity = Quantity.tryParse(amount);
  if (!quantity) return [invalid(path, amount, FORMAT_WRONG)];
  const whole = COUNTED.includes(name) || isExtendedResource(name);
  return [
    ...(quantity.sign() < 0 ? [invalid(path, amount, "must be greater than or equal to 0")] : []),
    ...(whole && quantity.milliValue() % 1000 !== 0 ? [invalid(path, amount, "must be an integer")] : []),
  ];
}
