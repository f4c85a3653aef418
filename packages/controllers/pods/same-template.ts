import type { PodTemplateSpec } from "@wherry/api";
import { defaultPodTemplate } from "@wherry/api/kinds/core/pod/template.ts";
import { deepCopy, deepEqual } from "@wherry/machinery";

/** The label that tells the ReplicaSets of one Deployment apart. */
export const TEMPLATE_HASH = "pod-template-hash";

/**
 * Whether two templates differ in nothing but the hash label. A default that one of them was stored without is no difference: else a new version of the
 * server, which knows more defaults, would roll out everything anew. Source: deploymentutil.EqualIgnoreHash.
 */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec | undefined): boolean {
  return b !== undefined && (deepEqual(withoutHash(a), withoutHash(b)) || deepEqual(completed(a), completed(b)));
}

/** Templates come from caches and never change: each is completed once. */
const known = new WeakMap<PodTemplateSpec, object>();

function completed(template: PodTemplateSpec): object {
  const done = known.get(template) ?? withoutHash(defaultPodTemplate(deepCopy(template)));
  known.set(template, done);
  return done;
}

function withoutHash(template: PodTemplateSpec): object {
  const { labels, ...metadata } = template.metadata ?? {};
  const { [TEMPLATE_HASH]: _, ...rest } = labels ?? {};
  const kept = Object.entries({ ...metadata, labels: rest }).filter(([, v]) => v && Object.keys(v).length > 0);
  return { ...template, metadata: Object.fromEntries(kept) };
}
