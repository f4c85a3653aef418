import { duplicate, type FieldError, invalid, isValidUserID, notSupported, required } from "@wherry/machinery";
import type { PodSecurityContext, SeccompProfile, SecurityContext } from "../../../generated/types.ts";
import { broken, descendingPath, each, oneOfIfSet } from "../../rules.ts";

const id = (path: string, value: number | undefined) => (value === undefined ? [] : broken(path, value, isValidUserID(value)));

/** Source: core validation `ValidateSecurityContext`. */
export function validateSecurityContext(s: SecurityContext | undefined, path: string): FieldError[] {
  if (!s) return [];
  return [
    ...id(`${path}.runAsUser`, s.runAsUser),
    ...id(`${path}.runAsGroup`, s.runAsGroup),
    ...validateSeccomp(s.seccompProfile, `${path}.seccompProfile`),
    ...oneOfIfSet(`${path}.procMount`, s.procMount, ["Default", "Unmasked"]),
    ...escalation(s, path),
  ];
}

function escalation(s: SecurityContext, path: string): FieldError[] {
  if (s.allowPrivilegeEscalation !== false) return [];

  if (s.privileged) return [invalid(path, s, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")];
  const admin = s.capabilities?.add?.includes("CAP_SYS_ADMIN");
  return admin ? [invalid(path, s, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")] : [];
}

function validateSeccomp(p: SeccompProfile | undefined, path: string): FieldError[] {
  if (!p) return [];
  const types = ["Localhost", "RuntimeDefault", "Unconfined"];
  if (!p.type) return [required(`${path}.type`, "type is required when seccompProfile is set")];
  if (p.type === "Localhost") {
    const profile = p.localhostProfile;
    if (profile === undefined) return [required(`${path}.localhostProfile`, "must be set when seccomp type is Localhost")];
    return descendingPath(`${path}.localhostProfile`, profile);
  }
  if (p.localhostProfile !== undefined) return [invalid(`${path}.localhostProfile`, p, "can only be set when seccomp type is Localhost")];
  return types.includes(p.type) ? [] : [notSupported(`${path}.type`, p.type, types)];
}

const SYSCTL = /^[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/;

/** Source: core validation `ValidatePodSecurityContext`. */
export function validatePodSecurityContext(s: PodSecurityContext | undefined, path: string): FieldError[] {
  if (!s) return [];
  return [
    ...id(`${path}.fsGroup`, s.fsGroup),
    ...id(`${path}.runAsUser`, s.runAsUser),
    ...id(`${path}.runAsGroup`, s.runAsGroup),
    ...(s.supplementalGroups ?? []).flatMap((group, i) => id(`${path}.supplementalGroups[${i}]`, group)),
    ...validateSysctls(s, `${path}.sysctls`),
    ...oneOfIfSet(`${path}.fsGroupChangePolicy`, s.fsGroupChangePolicy, ["Always", "OnRootMismatch"]),
    ...validateSeccomp(s.seccompProfile, `${path}.seccompProfile`),
  ];
}

function validateSysctls(s: PodSecurityContext, path: string): FieldError[] {
  const names = new Set<string>();
  return each(s.sysctls, path, (sysctl, at) => {
    if (!sysctl.name) return [required(`${at}.name`)];
    if (!SYSCTL.test(sysctl.name) || sysctl.name.length > 253) {
      return [invalid(`${at}.name`, sysctl.name, `must have at most 253 characters and match regex ${SYSCTL.source}`)];
    }
    const key = sysctl.name.replaceAll("/", ".");
    const again = names.has(key) ? [duplicate(`${at}.name`, sysctl.name)] : [];
    names.add(key);
    return again;
  });
}
