import { groupOf, type Resource, versionOf } from "./resource.ts";

const FIRST = [
  ...[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
  ],
  ...[
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
  ],
  ...["PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob", "PodDisruptionBudget"],
];
const LAST = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/** What others need comes first. Source: kustomize's plugin/builtin/sortordertransformer. */
export function inLegacyOrder(all: readonly Resource[]): Resource[] {
  return all.toSorted((a, b) => rank(a) - rank(b) || compare(key(a), key(b)));
}

function rank({ object: { kind } }: Resource): number {
  const first = FIRST.indexOf(kind);
  return first >= 0 ? first - FIRST.length : LAST.indexOf(kind) + 1;
}

/** What is absent sorts behind what is there. */
function key({ object: { apiVersion, kind, metadata } }: Resource): string[] {
  const group = groupOf(apiVersion) || "~G";
  return [`${group}_${versionOf(apiVersion)}_${kind}`, `${metadata.namespace || "~X"}|${metadata.name}`];
}

function compare(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((text, i) => text !== b[i]);
  if (at < 0) return 0;
  return (a[at] as string) < (b[at] as string) ? -1 : 1;
}
