import type { Container, EnvFromSource, EnvVar, EnvVarSource, Pod, ResourceFieldSelector } from "@wherry/api";
import { Quantity } from "@wherry/machinery";
import type { Description } from "../description.ts";

/** What a container's environment comes from, and its variables. */
export function addEnvironment(d: Description, container: Container, pod: Pod | undefined): void {
  if (container.envFrom?.length) d.line(2, "Environment Variables from:");
  for (const source of container.envFrom ?? []) addSource(d, source);
  const variables = container.env ?? [];
  d.line(2, "Environment:", ...(variables.length ? [] : ["<none>"]));
  for (const variable of variables) addVariable(d, variable, container, pod);
}

function addSource(d: Description, { configMapRef, secretRef, prefix }: EnvFromSource): void {
  const from = configMapRef ? "ConfigMap" : secretRef ? "Secret" : "";
  const { name = "", optional = false } = configMapRef ?? secretRef ?? {};
  d.line(3, name, `${from}${prefix ? ` with prefix '${prefix}'` : ""}`, `Optional: ${optional}`);
}

function addVariable(d: Description, { name, value = "", valueFrom }: EnvVar, container: Container, pod: Pod | undefined): void {
  if (valueFrom) {
    addReference(d, name, valueFrom, container, pod);
    return;
  }
  const [first = "", ...rest] = value.split("\n");
  d.line(3, `${name}:`, first);
  for (const line of rest) d.line(3, "", line);
}

function addReference(d: Description, name: string, from: EnvVarSource, container: Container, pod: Pod | undefined): void {
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = from;
  if (fieldRef) d.line(3, `${name}:`, `${fieldValue(fieldRef.fieldPath, pod)} (${fieldRef.apiVersion ?? ""}:${fieldRef.fieldPath})`);
  else if (resourceFieldRef) d.line(3, `${name}:`, `${resourceValue(resourceFieldRef, container)} (${resourceFieldRef.resource})`);
  else if (secretKeyRef) {
    const { key, name: secret = "", optional = false } = secretKeyRef;
    d.line(3, `${name}:`, `<set to the key '${key}' in secret '${secret}'>`, `Optional: ${optional}`);
  } else if (configMapKeyRef) {
    const { key, name: map = "", optional = false } = configMapKeyRef;
    d.line(3, `${name}:`, `<set to the key '${key}' of config map '${map}'>`, `Optional: ${optional}`);
  }
}

/** Only what the pod is called is shown. */
function fieldValue(path: string, pod: Pod | undefined): string {
  if (path === "metadata.name") return pod?.metadata.name ?? "";
  return path === "metadata.namespace" ? (pod?.metadata.namespace ?? "") : "";
}

/** Source: kubectl pkg/util/resource, `ExtractContainerResourceValue`. */
function resourceValue({ resource, divisor }: ResourceFieldSelector, { resources }: Container): string {
  const [side, name = ""] = [resource.slice(0, resource.indexOf(".")), resource.slice(resource.indexOf(".") + 1)];
  const amount = Quantity.parse((side === "limits" ? resources?.limits : resources?.requests)?.[name] ?? "0");
  const unit = Quantity.parse(divisor && divisor !== "0" ? divisor : "1");
  const whole = name === "cpu" ? Math.ceil(amount.milliValue() / unit.milliValue()) : Math.ceil(amount.value() / unit.value());
  return whole === 0 && (resource === "limits.cpu" || resource === "limits.memory") ? "node allocatable" : String(whole);
}
