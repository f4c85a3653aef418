import { type FieldError, invalid, isDNS1123Subdomain, isQualifiedName } from "@wherry/machinery";
import type { PodSpec } from "../../../generated/types.ts";
import { between, broken, each, oneOf, oneOfIfSet } from "../../rules.ts";
import { canonicalize, resourceAmount } from "../resources.ts";
import { defaultContainer, validateContainers, validateInitContainers } from "./container.ts";
import { validateNames } from "./network.ts";
import { validateHostPorts } from "./port.ts";
import { validateScheduling } from "./scheduling.ts";
import { validatePodSecurityContext } from "./security-context.ts";
import { defaultVolume, validateVolumes } from "./volume.ts";

const MAX_INT32 = 2 ** 31 - 1;
const GRACE_PERIOD_SECONDS = 30;

/** What holds for pods and for templates of pods. Source: v1 defaults `SetDefaults_PodSpec` and those of its parts. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.containers ??= [];
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= GRACE_PERIOD_SECONDS;
  spec.schedulerName ||= "default-scheduler";
  mirrorServiceAccount(spec);
  canonicalize(spec.overhead);
  for (const v of spec.volumes ?? []) defaultVolume(v);
  for (const c of [...(spec.initContainers ?? []), ...spec.containers]) defaultContainer(c, spec.hostNetwork ?? false);
}

/** `serviceAccount` is the old name of `serviceAccountName`; both are always shown. */
function mirrorServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

/** Source: core validation `ValidatePodSpec`. */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map((v) => v.name));
  const hostNetwork = spec.hostNetwork ?? false;
  return [
    ...validateVolumes(spec.volumes, `${path}.volumes`),
    ...validateContainers(spec.containers, volumes, `${path}.containers`),
    ...validateInitContainers(spec.initContainers, spec.containers, volumes, `${path}.initContainers`),
    ...validateHostPorts(spec.containers, `${path}.containers`, hostNetwork),
    ...oneOf(`${path}.restartPolicy`, spec.restartPolicy, ["Always", "Never", "OnFailure"]),
    ...validateNames(spec, path),
    ...validateScheduling(spec, path),
    ...validatePodSecurityContext(spec.securityContext, `${path}.securityContext`),
    ...between(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, MAX_INT32),
    ...validateReferences(spec, path),
  ];
}

function validateReferences(spec: PodSpec, path: string): FieldError[] {
  const { serviceAccountName: account, runtimeClassName } = spec;
  return [
    ...(account ? broken(`${path}.serviceAccountName`, account, isDNS1123Subdomain(account)) : []),
    ...(runtimeClassName ? broken(`${path}.runtimeClassName`, runtimeClassName, isDNS1123Subdomain(runtimeClassName)) : []),
    ...each(spec.readinessGates, `${path}.readinessGates`, (gate, at) =>
      broken(`${at}.conditionType`, gate.conditionType ?? "", isQualifiedName(gate.conditionType ?? "")),
    ),
    ...Object.entries(spec.overhead ?? {}).flatMap(([name, amount]) => resourceAmount(`${path}.overhead[${name}]`, name, amount)),
    ...oneOfIfSet(`${path}.os.name`, spec.os?.name, ["linux", "windows"]),
    ...sharedProcesses(spec, path),
  ];
}

function sharedProcesses(spec: PodSpec, path: string): FieldError[] {
  const both = spec.shareProcessNamespace && spec.hostPID;
  return both ? [invalid(`${path}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled")] : [];
}
