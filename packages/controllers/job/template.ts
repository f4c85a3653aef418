import type { Container, Job, Pod, PodSpec } from "@wherry/api";
import type { NewObject } from "@wherry/machinery";
import { controllerReference } from "../ownership/claim.ts";
import { failureCounts, hasLimitPerIndex } from "./per-index.ts";
import { COMPLETION_INDEX, TRACKING_FINALIZER } from "./tracked-pod.ts";

/** A generated name has five more characters, and a host name at most 63. */
const LONGEST_PREFIX = 58;
const INDEX_VARIABLE = "JOB_COMPLETION_INDEX";

/** The next pod of the job. Source: job_controller.go `manageJob`. @param index which completion it works on, in an Indexed job @param replaced the failed pod before it */
export function podOfJob(job: Job, index?: number, replaced?: Pod): NewObject<Pod> {
  const { metadata: template, spec } = job.spec.template;
  const { name, namespace } = job.metadata;
  const finalizers = new Set([...(template?.finalizers ?? []), TRACKING_FINALIZER]);
  const ofIndex = index === undefined ? undefined : { [COMPLETION_INDEX]: String(index) };
  const annotations = { ...template?.annotations, ...ofIndex, ...(hasLimitPerIndex(job) && failureCounts(job, replaced)) };
  return {
    metadata: {
      generateName: index === undefined ? `${name}-` : prefixOf(name, index),
      ...(namespace && { namespace }),
      labels: { ...template?.labels, ...ofIndex },
      ...(Object.keys(annotations).length > 0 && { annotations }),
      finalizers: [...finalizers],
      ownerReferences: [controllerReference(job)],
    },
    spec: index === undefined ? spec : { ...withIndexVariable(spec), hostname: `${name}-${index}` },
  };
}

function prefixOf(name: string, index: number): string {
  const end = `-${index}-`;
  return name.slice(0, LONGEST_PREFIX - end.length) + end;
}

function withIndexVariable(spec: PodSpec): PodSpec {
  const fieldRef = { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` };
  const add = (container: Container): Container => {
    const env = container.env ?? [];
    if (env.some((variable) => variable.name === INDEX_VARIABLE)) return container;
    return { ...container, env: [...env, { name: INDEX_VARIABLE, valueFrom: { fieldRef } }] };
  };
  return { ...spec, containers: spec.containers.map(add), ...(spec.initContainers && { initContainers: spec.initContainers.map(add) }) };
}
