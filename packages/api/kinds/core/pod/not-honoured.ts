import type { PodSpec } from "../../../generated/types.ts";
import { sourcesOf, type VolumeSource } from "./volume.ts";

const MOUNTED: readonly VolumeSource[] = ["configMap", "downwardAPI", "emptyDir", "hostPath", "projected", "secret"];

/** Fields that are kept and shown but that nothing acts on yet. Each member says when a pod means it. */
const WITHOUT_EFFECT: Readonly<Partial<Record<keyof PodSpec, (spec: PodSpec) => boolean>>> = {
  ephemeralContainers: (s) => (s.ephemeralContainers?.length ?? 0) > 0,
  hostUsers: (s) => s.hostUsers === false,
  imagePullSecrets: (s) => (s.imagePullSecrets?.length ?? 0) > 0,
  priorityClassName: (s) => Boolean(s.priorityClassName),
  resourceClaims: (s) => (s.resourceClaims?.length ?? 0) > 0,
  runtimeClassName: (s) => Boolean(s.runtimeClassName),
  setHostnameAsFQDN: (s) => s.setHostnameAsFQDN === true,
  topologySpreadConstraints: (s) => (s.topologySpreadConstraints?.length ?? 0) > 0,
};

/** A sentence for every field of a pod that is accepted but has no effect. */
export function notHonoured(spec: PodSpec, path: string): string[] {
  const given = Object.entries(WITHOUT_EFFECT).filter(([, means]) => means(spec));
  return [
    ...given.map(([field]) => `${path}.${field}: accepted, but has no effect in this version`),
    ...podAffinity(spec, path),
    ...volumes(spec, path),
    ...tokens(spec, path),
  ];
}

function podAffinity(spec: PodSpec, path: string): string[] {
  const given = (["podAffinity", "podAntiAffinity"] as const).filter((name) => spec.affinity?.[name]);
  return given.map((name) => `${path}.affinity.${name}: accepted, but has no effect in this version`);
}

function volumes(spec: PodSpec, path: string): string[] {
  return (spec.volumes ?? []).flatMap((v, i) => {
    const unknown = sourcesOf(v).filter((source) => !MOUNTED.includes(source));
    return unknown.map(
      (source) => `${path}.volumes[${i}].${source}: volumes of this type cannot be mounted in this version; the pod will not start`,
    );
  });
}

function tokens(spec: PodSpec, path: string): string[] {
  return (spec.volumes ?? []).flatMap((v, i) =>
    (v.projected?.sources ?? []).flatMap((source, j) => {
      const given = (["serviceAccountToken", "clusterTrustBundle"] as const).filter((name) => source[name]);
      return given.map(
        (name) => `${path}.volumes[${i}].projected.sources[${j}].${name}: cannot be provided in this version; the pod will not start`,
      );
    }),
  );
}
