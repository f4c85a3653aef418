import type { Pod, Volume } from "../../../generated/types.ts";

/** The name of the claim behind a volume of a pod; undefined when there is none. One that the pod brings along is named after both. */
export function claimNameOf(pod: Pod, volume: Volume): string | undefined {
  return volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : volume.persistentVolumeClaim?.claimName;
}

/** Keys (`namespace/name`) of the claims that a pod mentions. */
export function claimsOfPod(pod: Pod): string[] {
  const names = (pod.spec?.volumes ?? []).flatMap((volume) => claimNameOf(pod, volume) ?? []);
  return [...new Set(names)].map((name) => `${pod.metadata.namespace}/${name}`);
}
