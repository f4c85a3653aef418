import { type FieldError, invalid, isQualifiedName, notSupported, Quantity, required } from "@wherry/machinery";
import type { ObjectFieldSelector, ResourceFieldSelector } from "../../../generated/types.ts";
import { present } from "../../rules.ts";

/** Fields of a pod that an environment variable may take. */
export const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
/** Fields of a pod that a file in a downward API volume may take. */
export const VOLUME_FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
const CONVERTIBLE = [...ENV_FIELDS, ...VOLUME_FIELDS, "spec.restartPolicy", "spec.schedulerName", "status.phase"];
const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const SUBSCRIPT = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/;

/** The map and key of `metadata.labels['key']`, or undefined for a plain path. */
export function splitSubscript(fieldPath: string): { map: "labels" | "annotations"; key: string } | undefined {
  const match = SUBSCRIPT.exec(fieldPath);
  return match ? { map: match[1] === "metadata.labels" ? "labels" : "annotations", key: match[2]! } : undefined;
}

export function defaultFieldRef(f: ObjectFieldSelector | undefined): void {
  if (f) f.apiVersion ||= "v1";
}

export function defaultResourceFieldRef(f: ResourceFieldSelector | undefined): void {
  if (f) f.divisor = f.divisor === undefined ? "0" : (Quantity.tryParse(f.divisor)?.toString() ?? String(f.divisor));
}

/** Source: core validation `validateObjectFieldSelector`. */
export function validateFieldRef(f: ObjectFieldSelector, path: string, allowed: readonly string[]): FieldError[] {
  const at = `${path}.fieldPath`;
  if (!f.apiVersion) return [required(`${path}.apiVersion`)];
  if (!f.fieldPath) return [required(at)];
  if (f.apiVersion !== "v1") return [invalid(at, f.fieldPath, `error converting fieldPath: unsupported pod version: ${f.apiVersion}`)];
  const subscript = splitSubscript(f.fieldPath);
  if (subscript) {
    const name = subscript.map === "annotations" ? subscript.key.toLowerCase() : subscript.key;
    return isQualifiedName(name).map((message) => invalid(path, subscript.key, message));
  }
  if (!CONVERTIBLE.includes(f.fieldPath)) {
    return [invalid(at, f.fieldPath, `error converting fieldPath: field label not supported: ${f.fieldPath}`)];
  }
  return allowed.includes(f.fieldPath) ? [] : [notSupported(at, f.fieldPath, allowed)];
}

/** Source: core validation `validateContainerResourceFieldSelector`. */
export function validateResourceFieldRef(f: ResourceFieldSelector, path: string, inVolume: boolean): FieldError[] {
  if (inVolume && !f.containerName) return [required(`${path}.containerName`)];
  const missing = present(`${path}.resource`, f.resource);
  if (missing.length > 0) return missing;
  const known = RESOURCES.includes(f.resource) || /^(limits|requests)\.hugepages-/.test(f.resource);
  return known ? divisorErrors(f, path) : [notSupported(`${path}.resource`, f.resource, RESOURCES)];
}

const BYTES = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

function divisorErrors(f: ResourceFieldSelector, path: string): FieldError[] {
  const divisor = Quantity.tryParse(f.divisor ?? "0");
  if (divisor?.isZero()) return [];
  const cpu = f.resource.endsWith(".cpu");
  const allowed = cpu ? ["1m", "1"] : BYTES;
  if (divisor && allowed.includes(divisor.toString())) return [];
  const what = cpu
    ? "cpu"
    : f.resource.endsWith(".memory")
      ? "memory"
      : f.resource.includes("hugepages")
        ? "hugepages"
        : "local ephemeral storage";
  const listed = cpu ? "1m and 1" : BYTES.join(", ");
  return [invalid(`${path}.divisor`, f.resource, `only divisor's values ${listed} are supported with the ${what} resource`)];
}
