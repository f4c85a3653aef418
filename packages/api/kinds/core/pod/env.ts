import { type FieldError, invalid, isConfigMapKey, isDNS1123Subdomain, isEnvVarName } from "@wherry/machinery";
import type { ConfigMapKeySelector, EnvFromSource, EnvVar, EnvVarSource, SecretKeySelector } from "../../../generated/types.ts";
import { broken, each, named, present } from "../../rules.ts";
import { defaultFieldRef, defaultResourceFieldRef, ENV_FIELDS, validateFieldRef, validateResourceFieldRef } from "./downward.ts";

export function defaultEnv(env: EnvVar[] | undefined): void {
  for (const { valueFrom } of env ?? []) {
    defaultFieldRef(valueFrom?.fieldRef);
    defaultResourceFieldRef(valueFrom?.resourceFieldRef);
  }
}

/** Source: core validation `ValidateEnv`. */
export function validateEnv(env: readonly EnvVar[] | undefined, path: string): FieldError[] {
  return each(env, path, (e, at) => [
    ...named(`${at}.name`, e.name, isEnvVarName),
    ...(e.valueFrom ? validateValueFrom(e.valueFrom, `${at}.valueFrom`, Boolean(e.value)) : []),
  ]);
}

const SOURCES = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"] as const;

function validateValueFrom(s: EnvVarSource, path: string, hasValue: boolean): FieldError[] {
  const given = SOURCES.filter((name) => s[name]).length;
  return [
    ...(s.fieldRef ? validateFieldRef(s.fieldRef, `${path}.fieldRef`, ENV_FIELDS) : []),
    ...(s.resourceFieldRef ? validateResourceFieldRef(s.resourceFieldRef, `${path}.resourceFieldRef`, false) : []),
    ...(s.configMapKeyRef ? validateKeyRef(s.configMapKeyRef, `${path}.configMapKeyRef`) : []),
    ...(s.secretKeyRef ? validateKeyRef(s.secretKeyRef, `${path}.secretKeyRef`) : []),
    ...countErrors(given, hasValue, path, "`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"),
  ];
}

function countErrors(given: number, hasValue: boolean, path: string, members: string): FieldError[] {
  if (given === 0) return [invalid(path, "", `must specify one of: ${members}`)];
  if (hasValue) return [invalid(path, "", "may not be specified when `value` is not empty")];
  return given > 1 ? [invalid(path, "", "may not have more than one field specified at a time")] : [];
}

function validateKeyRef(s: ConfigMapKeySelector | SecretKeySelector, path: string): FieldError[] {
  return [...broken(`${path}.name`, s.name ?? "", isDNS1123Subdomain(s.name ?? "")), ...named(`${path}.key`, s.key, isConfigMapKey)];
}

/** Source: core validation `ValidateEnvFrom`. */
export function validateEnvFrom(list: readonly EnvFromSource[] | undefined, path: string): FieldError[] {
  return each(list, path, (source, at) => {
    const given = (["configMapRef", "secretRef"] as const).filter((name) => source[name]);
    return [
      ...(source.prefix ? broken(`${at}.prefix`, source.prefix, isEnvVarName(source.prefix)) : []),
      ...given.flatMap((name) => referenceName(source[name]?.name, `${at}.${name}.name`)),
      ...countErrors(given.length, false, at, "`configMapRef` or `secretRef`"),
    ];
  });
}

function referenceName(name: string | undefined, path: string): FieldError[] {
  const missing = present(path, name);
  return missing.length > 0 ? missing : broken(path, name, isDNS1123Subdomain(name ?? ""));
}
