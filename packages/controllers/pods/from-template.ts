import type { Pod, PodTemplateSpec } from "@wherry/api";
import type { ApiObject, NewObject } from "@wherry/machinery";
import { controllerReference } from "../ownership/claim.ts";

/** The next pod that `owner` makes of its template; the server completes its name. Source: controller_utils.go GetPodFromTemplate. */
export function podFromTemplate(owner: ApiObject, template: PodTemplateSpec | undefined): NewObject<Pod> {
  const { metadata, spec } = template ?? { spec: { containers: [] } };
  return {
    metadata: {
      generateName: `${owner.metadata.name}-`,
      ...(owner.metadata.namespace && { namespace: owner.metadata.namespace }),
      ...(metadata?.labels && { labels: metadata.labels }),
      ...(metadata?.annotations && { annotations: metadata.annotations }),
      ...(metadata?.finalizers && { finalizers: metadata.finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec,
  };
}
