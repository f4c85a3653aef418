import type { Secret } from "@wherry/api";
import type { RegistryAuth } from "@wherry/runtime";
import { registryOf } from "./reference.ts";

interface DockerAuth {
  username?: string;
  password?: string;
  auth?: string;
  identitytoken?: string;
}

/** The credentials for an image's registry among a pod's pull secrets; undefined when there are none. A malformed secret is passed over. */
export function registryAuth(image: string, secrets: readonly Secret[]): RegistryAuth | undefined {
  const registry = registryOf(image);
  for (const secret of secrets) {
    for (const [server, entry] of Object.entries(authsOf(secret))) if (hostOf(server) === registry) return toAuth(server, entry);
  }
  return undefined;
}

function authsOf({ type, data }: Secret): Record<string, DockerAuth> {
  const [key, wrapped] = type === "kubernetes.io/dockercfg" ? [".dockercfg", false] : [".dockerconfigjson", true];
  try {
    const parsed = JSON.parse(Buffer.from(data?.[key as string] ?? "", "base64").toString()) as Record<string, unknown>;
    return ((wrapped ? parsed.auths : parsed) ?? {}) as Record<string, DockerAuth>;
  } catch {
    return {};
  }
}

function hostOf(server: string): string {
  const host = server.replace(/^https?:\/\//, "").split("/")[0]!;
  return host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host;
}

function toAuth(serverAddress: string, { username, password, auth, identitytoken }: DockerAuth): RegistryAuth {
  const decoded = auth ? Buffer.from(auth, "base64").toString() : "";
  const colon = decoded.indexOf(":");
  return {
    serverAddress,
    username: username ?? (colon < 0 ? decoded : decoded.slice(0, colon)),
    password: password ?? (colon < 0 ? "" : decoded.slice(colon + 1)),
    ...(identitytoken && { identityToken: identitytoken }),
  };
}
