import type {
  DaemonSet,
  Deployment,
  DeploymentSpec,
  PodTemplateSpec,
  ReplicaSet,
  ReplicaSetSpec,
  ReplicationController,
  ReplicationControllerSpec,
  StatefulSet,
} from "@wherry/api";
import type { NewObject } from "@wherry/machinery";

/** The template of pods labelled `app=<app>`, with one container `main`. */
export function podTemplate(app: string, image = "app:v1"): PodTemplateSpec {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: "main", image }] } };
}

/** A Deployment of `replicas` pods labelled `app=<name>`. */
export function deployment(name: string, replicas = 3, spec: Partial<DeploymentSpec> = {}): NewObject<Deployment> {
  return {
    metadata: { name, namespace: "default" },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name), ...spec },
  };
}

/** A ReplicaSet of `replicas` pods labelled `app=<name>`. */
export function replicaSet(name: string, replicas = 3, spec: Partial<ReplicaSetSpec> = {}): NewObject<ReplicaSet> {
  return {
    metadata: { name, namespace: "default" },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name), ...spec },
  };
}

/** A ReplicationController of `replicas` pods labelled `app=<name>`. */
export function replicationController(
  name: string,
  replicas = 3,
  spec: Partial<ReplicationControllerSpec> = {},
): NewObject<ReplicationController> {
  return {
    metadata: { name, namespace: "default" },
    spec: { replicas, selector: { app: name }, template: podTemplate(name), ...spec },
  };
}

/** A DaemonSet on the nodes with these labels. */
export function daemonSet(name: string, nodeSelector: Record<string, string> = {}): NewObject<DaemonSet> {
  const { metadata, spec } = podTemplate(name);
  return {
    metadata: { name, namespace: "default" },
    spec: { selector: { matchLabels: { app: name } }, template: { ...(metadata && { metadata }), spec: { ...spec!, nodeSelector } } },
  };
}

/** A StatefulSet of `replicas` pods labelled `app=<name>`. */
export function statefulSet(name: string, replicas = 3): NewObject<StatefulSet> {
  return {
    metadata: { name, namespace: "default" },
    spec: { replicas, serviceName: name, selector: { matchLabels: { app: name } }, template: podTemplate(name) },
  };
}
