import { readFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import type { AppArmorProfile, Container, Pod, SeccompProfile } from "@wherry/api";
import type { ContainerSecurity, Image } from "@wherry/runtime";
import { ConfigError } from "../env/config-error.ts";
import { containerUser, supplementalGroups } from "./user.ts";

/**
 * What a container's process may do. Without a seccomp or AppArmor profile of its own it gets the engine's default one, as with the kubelet's
 * `seccompDefault`. `profiles` is the directory of localhost seccomp profiles.
 */
export async function containerSecurity(pod: Pod, container: Container, image: Image, profiles: string): Promise<ContainerSecurity> {
  const own = container.securityContext ?? {};
  const privileged = own.privileged ?? false;
  const groups = supplementalGroups(pod);
  const seccomp = await seccompProfile(own.seccompProfile ?? pod.spec?.securityContext?.seccompProfile, profiles);
  const appArmor = appArmorProfile(own.appArmorProfile ?? annotatedAppArmor(pod, container) ?? pod.spec?.securityContext?.appArmorProfile);
  const user = containerUser(pod, container, image);
  return {
    ...(user !== undefined && { user }),
    ...(groups.length && { groups }),
    privileged,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    addCapabilities: own.capabilities?.add?.map(withoutPrefix) ?? [],
    dropCapabilities: own.capabilities?.drop?.map(withoutPrefix) ?? [],
    ...(seccomp !== undefined && { seccomp }),
    ...(appArmor !== undefined && { appArmor }),
    ...(own.procMount === "Unmasked" && { maskedPaths: [], readOnlyPaths: [] }),
  };
}

const withoutPrefix = (capability: string): string => capability.replace(/^CAP_/i, "");

async function seccompProfile(profile: SeccompProfile | undefined, directory: string): Promise<string | undefined> {
  if (profile?.type === "Unconfined") return "unconfined";
  if (profile?.type !== "Localhost") return undefined;
  const name = normalize(profile.localhostProfile ?? "");
  if (!profile.localhostProfile || name.startsWith("..") || name.startsWith("/"))
    throw new ConfigError(
      "localhostProfile must be set, and a path inside the node's seccomp directory, if seccompProfile type is Localhost.",
    );
  const path = join(directory, name);
  return readFile(path, "utf8").catch(() => {
    throw new ConfigError(`cannot load seccomp profile "${path}": open ${path}: no such file or directory`);
  });
}

function appArmorProfile(profile: AppArmorProfile | undefined): string | undefined {
  if (profile?.type === "Unconfined") return "unconfined";
  return profile?.type === "Localhost" ? profile.localhostProfile : undefined;
}

/** The annotation that came before the field. */
function annotatedAppArmor(pod: Pod, container: Container): AppArmorProfile | undefined {
  const value = pod.metadata.annotations?.[`container.apparmor.security.beta.kubernetes.io/${container.name}`];
  if (value === undefined) return undefined;
  if (value === "unconfined") return { type: "Unconfined" };
  if (value.startsWith("localhost/")) return { type: "Localhost", localhostProfile: value.slice("localhost/".length) };
  return { type: "RuntimeDefault" };
}
