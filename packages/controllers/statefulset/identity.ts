import type { PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet } from "@wherry/api";
import type { NewObject } from "@wherry/machinery";
import { podFromTemplate } from "../pods/from-template.ts";
import { REVISION_LABEL } from "../revisions/revision.ts";

const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

/** The name of the pod with this ordinal. */
export const podName = (set: StatefulSet, ordinal: number): string => `${set.metadata.name}-${ordinal}`;

/** The ordinal in a pod's name; undefined when it is none of this set's names. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const rest = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : "";
  return /^(0|[1-9]\d*)$/.test(rest) ? Number(rest) : undefined;
}

/** The claim that a pod gets from a template: it outlives the pod, and the next one of this name finds it. */
export const claimName = (set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string =>
  `${template.metadata.name}-${podName(set, ordinal)}`;

/** The claims of the pod with this ordinal. Source: stateful_set_utils.go getPersistentVolumeClaims. */
export function claimsFor(set: StatefulSet, ordinal: number): NewObject<PersistentVolumeClaim>[] {
  const { namespace } = set.metadata;
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const { name: _, labels, annotations } = template.metadata;
    const { spec } = template;
    return {
      metadata: {
        name: claimName(set, template, ordinal),
        ...(namespace && { namespace }),
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations && { annotations }),
      },
      ...(spec && { spec }),
    };
  });
}

/** The pod with this ordinal, of a revision of the template. Source: stateful_set_utils.go newStatefulSetPod. */
export function podFor(set: StatefulSet, ordinal: number, template: PodTemplateSpec, revision: string): NewObject<Pod> {
  const { metadata, spec } = podFromTemplate(set, template);
  const { generateName: _, ...rest } = metadata;
  const name = podName(set, ordinal);
  const labels = { ...metadata.labels, [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal), [REVISION_LABEL]: revision };
  return {
    metadata: { ...rest, name, labels },
    spec: { ...spec, hostname: name, subdomain: set.spec.serviceName, volumes: volumesFor(set, ordinal, spec.volumes ?? []) },
  };
}

type Volumes = NonNullable<Pod["spec"]["volumes"]>;

/** A claim takes the place of a volume of its name. */
function volumesFor(set: StatefulSet, ordinal: number, given: Volumes): Volumes {
  const templates = set.spec.volumeClaimTemplates ?? [];
  const claims = templates.map((t) => ({ name: t.metadata.name, persistentVolumeClaim: { claimName: claimName(set, t, ordinal) } }));
  return [...claims, ...given.filter(({ name }) => !claims.some((claim) => claim.name === name))];
}

/** The labels and the claims that make a pod this set's pod of its ordinal, when some are missing. Source: stateful_set_utils.go identityMatches. */
export function missingLabels(set: StatefulSet, ordinal: number, pod: Pod): Record<string, string> | undefined {
  const labels = { [POD_NAME_LABEL]: podName(set, ordinal), [POD_INDEX_LABEL]: String(ordinal) };
  return Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value) ? undefined : labels;
}
