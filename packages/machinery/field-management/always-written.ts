import type { Schema } from "../schema.ts";

/**
 * Fields that are structs in upstream's types and no pointers, by the definition they belong to: Go writes them even when they are empty. (Every
 * kind's `metadata`, `spec` and `status` are such fields, too.) OpenAPI v2 does not tell.
 */
const STRUCTS: Readonly<Record<string, readonly string[]>> = {
  "io.k8s.api.core.v1.PodTemplateSpec": ["metadata", "spec"],
  "io.k8s.api.core.v1.PodTemplate": ["template"],
  "io.k8s.api.apps.v1.DeploymentSpec": ["template", "strategy"],
  "io.k8s.api.apps.v1.ReplicaSetSpec": ["template"],
  "io.k8s.api.apps.v1.StatefulSetSpec": ["template", "updateStrategy"],
  "io.k8s.api.apps.v1.DaemonSetSpec": ["template", "updateStrategy"],
  "io.k8s.api.batch.v1.JobSpec": ["template"],
  "io.k8s.api.batch.v1.CronJobSpec": ["jobTemplate"],
  "io.k8s.api.batch.v1.JobTemplateSpec": ["metadata", "spec"],
  "io.k8s.api.core.v1.PersistentVolumeClaimSpec": ["resources"],
  "io.k8s.api.core.v1.ServiceStatus": ["loadBalancer"],
  "io.k8s.api.networking.v1.IngressStatus": ["loadBalancer"],
  "io.k8s.api.core.v1.NodeStatus": ["daemonEndpoints", "nodeInfo"],
  "io.k8s.api.core.v1.NodeDaemonEndpoints": ["kubeletEndpoint"],
  "io.k8s.api.core.v1.Event": ["source"],
  "io.k8s.api.storage.v1.VolumeAttachmentSpec": ["source"],
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec": ["names"],
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus": ["acceptedNames"],
};

const OF_KINDS = ["metadata", "spec", "status"];

/** Whether a definition is one of upstream's own, and not of a custom resource, whose group may be `k8s.io`, too. */
export function isBuiltIn(name: string | undefined): boolean {
  return name !== undefined && /^io\.k8s\.(api|apimachinery|apiextensions-apiserver|kube-aggregator)\./.test(name);
}

/** Whether upstream writes a field of a built-in type even when it has no value, as `{}` or null. */
export function alwaysWritten(schema: Schema, name: string | undefined, field: string): boolean {
  if (name === undefined || !isBuiltIn(name)) return false;
  const { properties = {}, required } = schema;
  const isKind = properties.apiVersion !== undefined && properties.kind !== undefined && properties.metadata !== undefined;
  if (isKind && OF_KINDS.includes(field)) return true;
  if (Object.hasOwn(STRUCTS, name) && STRUCTS[name]?.includes(field)) return true;
  return (required?.includes(field) ?? false) && !isScalar(properties[field]);
}

const isScalar = (schema: Schema | undefined) => schema?.type !== undefined && schema.type !== "object" && schema.type !== "array";
