import type { Container, PodSpec, PodTemplateSpec } from "../../../generated/types.ts";
import { inertFieldWarnings } from "../../inert-field.ts";
import { amounts } from "../resources.ts";
import { DEPENDS_ON, dependenciesOf, dependsOnErrors } from "./depends-on.ts";
import { POD_INERT_FIELDS } from "./inert-fields.ts";

const RENAMED_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};
const SECCOMP = "seccomp.security.alpha.kubernetes.io/pod";

/** What an author of a pod (or of a template of pods, at `path`) should know. Source: `api/pod/warnings.go`. */
export function podWarnings(template: PodTemplateSpec, path = ""): string[] {
  const spec = `${path}spec`;
  return [
    ...nodeSelectorWarnings(template.spec, spec),
    ...annotationWarnings(template, path),
    ...dependencyWarnings(template, path),
    ...containersOf(template.spec, spec).flatMap(([c, at]) => [...envWarnings(c, at), ...memoryWarnings(c, at)]),
    ...graceWarnings(template.spec, spec),
    ...inertFieldWarnings(template.spec, POD_INERT_FIELDS, spec),
  ];
}

function containersOf(spec: PodSpec, path: string): [Container, string][] {
  return (["initContainers", "containers"] as const).flatMap((list) =>
    (spec[list] ?? []).map((c, i): [Container, string] => [c, `${path}.${list}[${i}]`]),
  );
}

function nodeSelectorWarnings(spec: PodSpec, path: string): string[] {
  const old = Object.keys(spec.nodeSelector ?? {}).filter((key) => Object.hasOwn(RENAMED_LABELS, key));
  return old.map((key) => `${path}.nodeSelector[${key}]: ${RENAMED_LABELS[key]}`);
}

function annotationWarnings(template: PodTemplateSpec, path: string): string[] {
  const given = template.metadata?.annotations?.[SECCOMP] !== undefined;
  return given ? [`${path}metadata.annotations[${SECCOMP}]: non-functional in v1.27+; use the "seccompProfile" field instead`] : [];
}

/** In a template the errors of its pods are told early; a pod with one is refused. */
function dependencyWarnings({ metadata, spec }: PodTemplateSpec, path: string): string[] {
  const wrong = path ? dependsOnErrors(metadata, `${path}metadata`).map(({ field, message }) => `${field}: ${message}`) : [];
  if (!spec?.nodeName || dependenciesOf(metadata).length === 0) return wrong;
  const at = `${path}metadata.annotations[${DEPENDS_ON}]`;
  return [...wrong, `${at}: has no effect on a pod that names its node: no scheduler holds it back`];
}

function envWarnings(c: Container, path: string): string[] {
  const seen = new Set<string>();
  return (c.env ?? []).flatMap((e, i) => {
    const hides = seen.has(e.name);
    seen.add(e.name);
    return hides ? [`${path}.env[${i}]: hides previous definition of "${e.name}", which may be dropped when using apply`] : [];
  });
}

function memoryWarnings(c: Container, path: string): string[] {
  return (["requests", "limits"] as const).flatMap((side) => {
    const memory = amounts(c.resources?.[side]).get("memory");
    if (!memory || memory.milliValue() % 1000 === 0) return [];
    return [`${path}.resources.${side}[memory]: fractional byte value "${memory}" is invalid, must be an integer`];
  });
}

function graceWarnings(spec: PodSpec, path: string): string[] {
  if ((spec.terminationGracePeriodSeconds ?? 0) >= 0) return [];
  return [`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`];
}
