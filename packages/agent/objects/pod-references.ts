import { type Container, claimNameOf, type Pod } from "@wherry/api";

/** Names of the objects that a pod's containers and volumes are made from, in its own namespace. */
export interface PodReferences {
  configMaps: ReadonlySet<string>;
  secrets: ReadonlySet<string>;
  claims: ReadonlySet<string>;
}

/** Everything a pod mentions, whether optional or not. */
export function podReferences(pod: Pod): PodReferences {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const claims = new Set<string>();
  const add = (to: Set<string>, name: string | undefined) => name && to.add(name);
  for (const container of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])])
    addContainer(container, configMaps, secrets);
  for (const volume of pod.spec?.volumes ?? []) {
    add(configMaps, volume.configMap?.name);
    add(secrets, volume.secret?.secretName);
    add(claims, claimNameOf(pod, volume));
    for (const source of volume.projected?.sources ?? []) {
      add(configMaps, source.configMap?.name);
      add(secrets, source.secret?.name);
    }
  }
  for (const { name } of pod.spec?.imagePullSecrets ?? []) add(secrets, name);
  return { configMaps, secrets, claims };
}

function addContainer(container: Container, configMaps: Set<string>, secrets: Set<string>): void {
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef?.name) configMaps.add(configMapRef.name);
    if (secretRef?.name) secrets.add(secretRef.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.configMapKeyRef?.name) configMaps.add(valueFrom.configMapKeyRef.name);
    if (valueFrom?.secretKeyRef?.name) secrets.add(valueFrom.secretKeyRef.name);
  }
}
