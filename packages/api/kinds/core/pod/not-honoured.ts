import type { Container, PodSpec, SecurityContext } from "../../../generated/types.ts";
import { sourcesOf, type VolumeSource } from "./volume.ts";

const NO_EFFECT = "accepted, but has no effect in this version";
const NOT_MOUNTED = "volumes of this type cannot be mounted in this version; the pod will not start";
const NOT_PROVIDED = "cannot be provided in this version; the pod will not start";
const MOUNTED: readonly VolumeSource[] = ["configMap", "downwardAPI", "emptyDir", "hostPath", "projected", "secret"];

/** Fields that are kept and shown but that nothing acts on yet. Each member says when a pod means it. */
const WITHOUT_EFFECT: Readonly<Partial<Record<keyof PodSpec, (spec: PodSpec) => boolean>>> = {
  ephemeralContainers: (s) => (s.ephemeralContainers?.length ?? 0) > 0,
  hostUsers: (s) => s.hostUsers === false,
  priorityClassName: (s) => Boolean(s.priorityClassName),
  resourceClaims: (s) => (s.resourceClaims?.length ?? 0) > 0,
  runtimeClassName: (s) => Boolean(s.runtimeClassName),
  topologySpreadConstraints: (s) => (s.topologySpreadConstraints?.length ?? 0) > 0,
};

/** A sentence for every field of a pod that is accepted but has no effect. */
export function notHonoured(spec: PodSpec, path: string): string[] {
  const given = Object.entries(WITHOUT_EFFECT).filter(([, means]) => means(spec));
  return [
    ...given.map(([field]) => `${path}.${field}: ${NO_EFFECT}`),
    ...podAffinity(spec, path),
    ...security(spec.securityContext, `${path}.securityContext`),
    ...(["initContainers", "containers"] as const).flatMap((list) =>
      (spec[list] ?? []).flatMap((c, i) => ofContainer(c, `${path}.${list}[${i}]`)),
    ),
    ...volumes(spec, path),
    ...projections(spec, path),
  ];
}

function podAffinity(spec: PodSpec, path: string): string[] {
  const given = (["podAffinity", "podAntiAffinity"] as const).filter((name) => spec.affinity?.[name]);
  return given.map((name) => `${path}.affinity.${name}: ${NO_EFFECT}`);
}

function security(context: Pick<SecurityContext, "seLinuxOptions" | "windowsOptions"> | undefined, path: string): string[] {
  const given = (["seLinuxOptions", "windowsOptions"] as const).filter((name) => context?.[name]);
  return given.map((name) => `${path}.${name}: ${NO_EFFECT}`);
}

function ofContainer(c: Container, path: string): string[] {
  return [
    ...security(c.securityContext, `${path}.securityContext`),
    ...(c.volumeDevices?.length ? [`${path}.volumeDevices: ${NO_EFFECT}`] : []),
    ...(c.resources?.claims?.length ? [`${path}.resources.claims: ${NO_EFFECT}`] : []),
    ...(c.resources?.limits?.["ephemeral-storage"]
      ? [`${path}.resources.limits[ephemeral-storage]: accepted, but not enforced in this version`]
      : []),
  ];
}

function volumes(spec: PodSpec, path: string): string[] {
  return (spec.volumes ?? []).flatMap((v, i) => {
    const unknown = sourcesOf(v).filter((source) => !MOUNTED.includes(source));
    return unknown.map((source) => `${path}.volumes[${i}].${source}: ${NOT_MOUNTED}`);
  });
}

function projections(spec: PodSpec, path: string): string[] {
  return (spec.volumes ?? []).flatMap((v, i) =>
    (v.projected?.sources ?? []).flatMap((source, j) => {
      const given = (["serviceAccountToken", "clusterTrustBundle"] as const).filter((name) => source[name]);
      return given.map((name) => `${path}.volumes[${i}].projected.sources[${j}].${name}: ${NOT_PROVIDED}`);
    }),
  );
}
