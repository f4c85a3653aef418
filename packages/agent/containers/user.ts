import type { Container, Pod } from "@wherry/api";
import type { Image } from "@wherry/runtime";
import { ConfigError } from "../env/config-error.ts";

/** Who the container's process is: `uid`, `uid:gid` or the image's own; undefined = the image's. Throws when it may not be root and would. */
export function containerUser(pod: Pod, container: Container, image: Image): string | undefined {
  const uid = container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  const gid = container.securityContext?.runAsGroup ?? pod.spec?.securityContext?.runAsGroup;
  if (container.securityContext?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot) checkNonRoot(pod, container, uid, image.user);
  if (uid === undefined && gid === undefined) return undefined;
  const user = uid ?? (image.user.split(":")[0] || "0");
  return gid === undefined ? String(user) : `${user}:${gid}`;
}

/** Source: kuberuntime verifyRunAsNonRoot. */
function checkNonRoot(pod: Pod, container: Container, uid: number | undefined, imageUser: string): void {
  const { name, namespace, uid: podUid } = pod.metadata;
  const where = `(pod: "${name}_${namespace}(${podUid})", container: ${container.name})`;
  if (uid === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
  if (uid !== undefined) return;
  const user = imageUser.split(":")[0]!;
  if (user === "" || user === "0") throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (!/^\d+$/.test(user))
    throw new ConfigError(`container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root ${where}`);
}

/** Supplementary groups: the pod's own, and its fsGroup. */
export function supplementalGroups(pod: Pod): string[] {
  const { supplementalGroups: groups = [], fsGroup } = pod.spec?.securityContext ?? {};
  return [...new Set([...groups, ...(fsGroup === undefined ? [] : [fsGroup])])].map(String);
}
