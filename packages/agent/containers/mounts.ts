import type { Container, Pod, VolumeMount } from "@wherry/api";
import type { Mount } from "@wherry/runtime";
import { ConfigError } from "../env/config-error.ts";
import { expandStrictly } from "../env/expand.ts";
import type { PodPaths } from "../files/pod-paths.ts";
import type { Mounter } from "../volumes/mounter.ts";
import { bindSubPath } from "../volumes/sub-path.ts";
import type { ReadyVolume } from "../volumes/volume.ts";

const propagations: Readonly<Record<string, Mount["propagation"]>> = { HostToContainer: "rslave", Bidirectional: "rshared" };

/** All mounts of a container: its volumes, and the files that the node writes for it unless it mounts something else there. */
export async function containerMounts(
  pod: Pod,
  container: Container,
  volumes: ReadonlyMap<string, ReadyVolume>,
  paths: PodPaths,
  env: ReadonlyMap<string, string>,
  terminationLog: string,
  mounter: Mounter,
): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries())
    mounts.push(await volumeMount(mount, pod, volumes, paths.subPath(container.name, index), env, mounter));
  const own: Mount[] = [
    { source: paths.hosts, target: "/etc/hosts", readOnly: false },
    { source: paths.hostname, target: "/etc/hostname", readOnly: false },
    { source: paths.resolvConf, target: "/etc/resolv.conf", readOnly: false },
    { source: terminationLog, target: container.terminationMessagePath || "/dev/termination-log", readOnly: false },
  ];
  return [...mounts, ...own.filter(({ target }) => !mounts.some((m) => m.target === target))];
}

async function volumeMount(
  mount: VolumeMount,
  pod: Pod,
  volumes: ReadonlyMap<string, ReadyVolume>,
  subPathTarget: string,
  env: ReadonlyMap<string, string>,
  mounter: Mounter,
): Promise<Mount> {
  const volume = volumes.get(mount.name);
  if (!volume) throw new ConfigError(`volume "${mount.name}" of pod ${pod.metadata.name} is not there`);
  const subPath = subPathOf(mount, env);
  if (subPath) await bindSubPath(volume.path, subPath, subPathTarget, mounter).catch((error: Error) => failed(mount, error));
  const propagation = propagations[mount.mountPropagation ?? "None"];
  return {
    source: subPath ? subPathTarget : volume.path,
    target: mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`,
    readOnly: (mount.readOnly ?? false) || volume.readOnly,
    ...(propagation && { propagation }),
  };
}

function failed(mount: VolumeMount, error: Error): never {
  throw new ConfigError(`failed to prepare subPath for volumeMount "${mount.name}": ${error.message}`, { cause: error });
}

function subPathOf({ subPath, subPathExpr }: VolumeMount, env: ReadonlyMap<string, string>): string | undefined {
  if (!subPathExpr) return subPath;
  const expanded = expandStrictly(subPathExpr, (name) => env.get(name));
  if ("missing" in expanded) throw new ConfigError(`missing value for "${expanded.missing}"`);
  return expanded.text;
}
