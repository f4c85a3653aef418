import type { Deployment, ReplicaSet } from "@wherry/api";
import type { NewObject } from "@wherry/machinery";
import { controllerReference } from "../ownership/claim.ts";
import { TEMPLATE_HASH } from "../pods/same-template.ts";
import { templateHash } from "../pods/template-hash.ts";
import { type Draft, totalReplicas } from "./draft.ts";
import { boundsOf } from "./fenceposts.ts";
import { newestAnnotations, nextRevision, sizeAnnotations } from "./revision.ts";
import { newReplicas } from "./rolling.ts";

/** The draft of a ReplicaSet for the present template, with as many pods as it may have at once. Source: sync.go getNewReplicaSet. */
export function draftNew(d: Deployment, old: readonly Draft[]): Draft {
  const bounds = boundsOf(d);
  const rolling = d.spec.strategy?.type !== "Recreate";
  return {
    name: `${d.metadata.name}-${hashOf(d)}`,
    replicas: rolling ? newReplicas(0, totalReplicas(old), bounds) : bounds.desired,
    minReadySeconds: d.spec.minReadySeconds ?? 0,
    annotations: { ...newestAnnotations(d, {}, nextRevision(old)), ...sizeAnnotations(d) },
  };
}

const hashOf = (d: Deployment) => templateHash(d.spec.template, d.status?.collisionCount);

/** The object to create for a draft of `draftNew`. */
export function replicaSetOf(d: Deployment, draft: Draft): NewObject<ReplicaSet> {
  const hash = { [TEMPLATE_HASH]: hashOf(d) };
  const { metadata, spec } = d.spec.template;
  const labels = { ...metadata?.labels, ...hash };
  return {
    metadata: {
      name: draft.name,
      ...(d.metadata.namespace && { namespace: d.metadata.namespace }),
      labels,
      annotations: { ...draft.annotations },
      ownerReferences: [controllerReference(d)],
    },
    spec: {
      replicas: draft.replicas,
      ...(draft.minReadySeconds && { minReadySeconds: draft.minReadySeconds }),
      selector: { ...d.spec.selector, matchLabels: { ...d.spec.selector.matchLabels, ...hash } },
      template: { metadata: { ...metadata, labels }, spec },
    },
  };
}
