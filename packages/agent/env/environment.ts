import type {
  ConfigMap,
  ConfigMapEnvSource,
  ConfigMapKeySelector,
  Container,
  EnvFromSource,
  EnvVarSource,
  Pod,
  Secret,
  SecretEnvSource,
  SecretKeySelector,
} from "@wherry/api";
import { ConfigError } from "./config-error.ts";
import { expand } from "./expand.ts";
import { type PodPlace, podField } from "./pod-field.ts";
import { type Allocatable, resourceField } from "./resource-field.ts";

/** Where variables come from. The lookups give undefined for an object that does not exist. */
export interface EnvironmentSources {
  pod: Pod;
  place: PodPlace;
  allocatable: Allocatable;
  serviceLinks: ReadonlyMap<string, string>;
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
  /** Called with the keys of an `envFrom` object that cannot be variables. */
  onSkipped?(from: string, keys: readonly string[]): void;
}

/**
 * A container's variables: `envFrom`, over them `env` in order, and the service links nobody overrode. Throws ConfigError when a
 * reference that is not optional leads nowhere. Source: kubelet makeEnvironmentVariables.
 */
export function environment(container: Container, sources: EnvironmentSources): Map<string, string> {
  const env = new Map<string, string>();
  for (const from of container.envFrom ?? []) addAll(env, from, sources);
  const lookup = (name: string) => env.get(name) ?? sources.serviceLinks.get(name);
  for (const { name, value, valueFrom } of container.env ?? []) {
    const resolved = !value && valueFrom ? fromSource(container, valueFrom, sources) : expand(value ?? "", lookup);
    if (resolved !== undefined) env.set(name, resolved);
  }
  for (const [name, value] of sources.serviceLinks) if (!env.has(name)) env.set(name, value);
  return env;
}

function addAll(env: Map<string, string>, from: EnvFromSource, sources: EnvironmentSources): void {
  const { configMapRef, secretRef, prefix = "" } = from;
  const ref: ConfigMapEnvSource | SecretEnvSource | undefined = configMapRef ?? secretRef;
  if (!ref) return;
  const data = configMapRef ? sources.configMap(ref.name ?? "")?.data : secretData(sources.secret(ref.name ?? ""));
  const exists = configMapRef ? sources.configMap(ref.name ?? "") : sources.secret(ref.name ?? "");
  if (!exists) {
    if (ref.optional) return;
    throw new ConfigError(`${configMapRef ? "configmap" : "secret"} "${ref.name}" not found`);
  }
  const skipped: string[] = [];
  for (const [key, value] of Object.entries(data ?? {})) {
    if (isVariableName(prefix + key)) env.set(prefix + key, value);
    else skipped.push(prefix + key);
  }
  if (skipped.length)
    sources.onSkipped?.(`${configMapRef ? "configMap" : "secret"} ${sources.pod.metadata.namespace}/${ref.name}`, skipped.sort());
}

function fromSource(container: Container, from: EnvVarSource, sources: EnvironmentSources): string | undefined {
  if (from.fieldRef) return podField(sources.pod, from.fieldRef.fieldPath, sources.place);
  if (from.resourceFieldRef) return resourceField(sources.pod, container, from.resourceFieldRef, sources.allocatable);
  const { configMapKeyRef, secretKeyRef } = from;
  if (configMapKeyRef)
    return oneKey(
      "ConfigMap",
      configMapKeyRef,
      sources.pod,
      sources.configMap(configMapKeyRef.name ?? ""),
      (o) => o.data?.[configMapKeyRef.key],
    );
  if (secretKeyRef)
    return oneKey("Secret", secretKeyRef, sources.pod, sources.secret(secretKeyRef.name ?? ""), (o) => secretData(o)?.[secretKeyRef.key]);
  return "";
}

/** Undefined = the variable is left out. */
function oneKey<O>(
  kind: string,
  ref: ConfigMapKeySelector | SecretKeySelector,
  pod: Pod,
  object: O | undefined,
  value: (o: O) => string | undefined,
): string | undefined {
  if (!object && !ref.optional) throw new ConfigError(`${kind.toLowerCase()} "${ref.name}" not found`);
  const found = object && value(object);
  if (found === undefined && !ref.optional)
    throw new ConfigError(`couldn't find key ${ref.key} in ${kind} ${pod.metadata.namespace}/${ref.name}`);
  return found;
}

function secretData(secret: Secret | undefined): Record<string, string> | undefined {
  return (
    secret && Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]))
  );
}

/** Source: apimachinery validation.IsEnvVarName. */
const isVariableName = (name: string): boolean => /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name) && name !== "." && !name.startsWith("..");

/** Command and arguments with their `$(NAME)` references replaced. */
export function expandAll(words: readonly string[] | undefined, env: ReadonlyMap<string, string>): string[] | undefined {
  return words?.map((word) => expand(word, (name) => env.get(name)));
}
