import { duplicate, type FieldError, forbiddenField, invalid, isDNS1123Label, notSupported, required } from "@wherry/machinery";
import type { Container } from "../../../generated/types.ts";
import { each, named, oneOf } from "../../rules.ts";
import { defaultResources, validateResources } from "./container-resources.ts";
import { defaultEnv, validateEnv, validateEnvFrom } from "./env.ts";
import { defaultPorts, validatePorts } from "./port.ts";
import { defaultLifecycle, defaultProbe, validateLifecycle, validateReadinessProbe, validateSingleSuccessProbe } from "./probe.ts";
import { validateSecurityContext } from "./security-context.ts";
import { validateDevices, validateMounts } from "./volume-mount.ts";

/** Whether an init container keeps running beside the others (a sidecar). */
export function isRestartableInit(c: Pick<Container, "restartPolicy">): boolean {
  return c.restartPolicy === "Always";
}

/** Source: v1 defaults `SetDefaults_Container`. */
export function defaultContainer(c: Container, hostNetwork: boolean): void {
  c.imagePullPolicy ||= isLatest(c.image ?? "") ? "Always" : "IfNotPresent";
  c.terminationMessagePath ||= "/dev/termination-log";
  c.terminationMessagePolicy ||= "File";
  c.resources = defaultResources(c.resources);
  defaultPorts(c.ports, hostNetwork);
  defaultEnv(c.env);
  for (const probe of [c.livenessProbe, c.readinessProbe, c.startupProbe]) defaultProbe(probe);
  defaultLifecycle(c.lifecycle);
}

/** Whether an image has the tag `latest`, said or meant. */
function isLatest(image: string): boolean {
  const [name = "", digest] = image.split("@");
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  return tag ? tag === "latest" : digest === undefined;
}

/** Source: core validation `validateContainers`. */
export function validateContainers(containers: readonly Container[] | undefined, volumes: ReadonlySet<string>, path: string): FieldError[] {
  if (!containers?.length) return [required(path)];
  const names = new Set<string>();
  return each(containers, path, (c, at) => [
    ...validateCommon(c, volumes, at),
    ...uniqueName(c, names, at),
    ...validateLifecycle(c.lifecycle, `${at}.lifecycle`),
    ...validateProbes(c, at),
    ...(c.restartPolicy === undefined ? [] : [forbiddenField(`${at}.restartPolicy`, "may not be set for non-init containers")]),
  ]);
}

/** Source: core validation `validateInitContainers`. Their names must differ from those of the containers too. */
export function validateInitContainers(
  inits: readonly Container[] | undefined,
  containers: readonly Container[] | undefined,
  volumes: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const names = new Set((containers ?? []).map((c) => c.name));
  return each(inits, path, (c, at) => [
    ...validateCommon(c, volumes, at),
    ...uniqueName(c, names, at),
    ...(c.restartPolicy && !isRestartableInit(c) ? [notSupported(`${at}.restartPolicy`, c.restartPolicy, ["Always"])] : []),
    ...(isRestartableInit(c) ? [...validateLifecycle(c.lifecycle, `${at}.lifecycle`), ...validateProbes(c, at)] : onlyForSidecars(c, at)),
  ]);
}

const SIDECAR_ONLY = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;

function onlyForSidecars(c: Container, path: string): FieldError[] {
  const given = SIDECAR_ONLY.filter((name) => c[name]);
  return given.map((name) => forbiddenField(`${path}.${name}`, "may not be set for init containers without restartPolicy=Always"));
}

function validateProbes(c: Container, path: string): FieldError[] {
  return [
    ...validateSingleSuccessProbe(c.livenessProbe, `${path}.livenessProbe`),
    ...validateReadinessProbe(c.readinessProbe, `${path}.readinessProbe`),
    ...validateSingleSuccessProbe(c.startupProbe, `${path}.startupProbe`),
  ];
}

function uniqueName(c: Container, names: Set<string>, path: string): FieldError[] {
  const again = c.name && names.has(c.name) ? [duplicate(`${path}.name`, c.name)] : [];
  names.add(c.name);
  return again;
}

/** Source: core validation `validateContainerCommon`. */
function validateCommon(c: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  return [
    ...named(`${path}.name`, c.name, isDNS1123Label),
    ...imageErrors(c.image, `${path}.image`),
    ...oneOf(`${path}.terminationMessagePolicy`, c.terminationMessagePolicy, ["File", "FallbackToLogsOnError"]),
    ...validatePorts(c.ports, `${path}.ports`),
    ...validateEnv(c.env, `${path}.env`),
    ...validateEnvFrom(c.envFrom, `${path}.envFrom`),
    ...validateMounts(c, volumes, path),
    ...validateDevices(c, volumes, path),
    ...oneOf(`${path}.imagePullPolicy`, c.imagePullPolicy, ["Always", "IfNotPresent", "Never"]),
    ...validateResources(c.resources, `${path}.resources`),
    ...validateSecurityContext(c.securityContext, `${path}.securityContext`),
  ];
}

function imageErrors(image: string | undefined, path: string): FieldError[] {
  if (!image) return [required(path)];
  return image.trim() === image ? [] : [invalid(path, image, "must not have leading or trailing whitespace")];
}
