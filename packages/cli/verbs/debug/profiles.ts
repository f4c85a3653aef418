import { readFileSync } from "node:fs";
import { UsageError } from "../../errors.ts";
import type { DebugContainer } from "./debug-pod.ts";

/** Where a debugging container runs: in a pod of its own on a node, in a copy of a pod, or in the pod itself. */
export type Style = "node" | "copy" | "ephemeral";

/** What a profile lets a debugging container do. Source: kubectl pkg/cmd/debug/profiles.go. */
export interface Profile {
  /** The container's own rights; those that it had are taken from it first, where `clears`. */
  security(style: Style): SecurityContext;
  clears: boolean;
  /** Of the node, in a pod on it: its namespaces, and its files at /host. */
  node: { namespaces: boolean; files: boolean };
  /** Whether what a copy should not have (labels, annotations, probes) is left out, and its containers see each other's processes. */
  shapesCopy: boolean;
}

interface SecurityContext {
  capabilities?: { add?: string[]; drop?: string[] };
  [field: string]: unknown;
}

const adds = (...add: string[]): SecurityContext => ({ capabilities: { add } });
const ALL_OF_NODE = { namespaces: true, files: true };
const NOTHING = { namespaces: false, files: false };

const PROFILES: Readonly<Record<string, Profile>> = {
  legacy: { clears: false, node: ALL_OF_NODE, shapesCopy: false, security: () => ({}) },
  general: { clears: false, node: ALL_OF_NODE, shapesCopy: true, security: (style) => (style === "node" ? {} : adds("SYS_PTRACE")) },
  baseline: { clears: true, node: NOTHING, shapesCopy: true, security: () => ({}) },
  restricted: {
    ...{ clears: true, node: NOTHING, shapesCopy: true },
    security: () => ({
      ...{
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      },
    }),
  },
  netadmin: { clears: false, node: { namespaces: true, files: false }, shapesCopy: true, security: () => adds("NET_ADMIN", "NET_RAW") },
  sysadmin: { clears: false, node: ALL_OF_NODE, shapesCopy: true, security: () => ({ privileged: true }) },
};

/** The profile of this name. Throws a UsageError when there is none. */
export function profileOf(name: string): Profile {
  const profile = Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined;
  if (!profile) throw new UsageError(`unknown profile: ${name}`);
  return profile;
}

/** The container with what the profile lets it do. */
export function withProfile(container: DebugContainer, profile: Profile, style: Style): DebugContainer {
  const { securityContext, ...rest } = container;
  const before = profile.clears ? undefined : (securityContext as SecurityContext | undefined);
  const rights = profile.security(style);
  const add = [...new Set([...(before?.capabilities?.add ?? []), ...(rights.capabilities?.add ?? [])])];
  const merged = { ...before, ...rights, ...(add.length && { capabilities: { ...before?.capabilities, ...rights.capabilities, add } }) };
  return { ...rest, ...(Object.keys(merged).length && { securityContext: merged }) };
}

const FIXED = ["name", "command", "image", "lifecycle", "volumeDevices"];

/** The part of a container in the file of `--custom`. Throws a UsageError when it cannot be read, or says what it may not. */
export async function customContainer(path: string): Promise<object> {
  const value: unknown = (await import("yaml")).parse(read(path));
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UsageError(`${path} does not contain a valid container spec: it is not a mapping`);
  if (FIXED.some((field) => field in value))
    throw new UsageError("name, command, image, lifecycle and volume devices are not modifiable via custom profile");
  return value;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const why = missing ? `open ${path}: no such file or directory` : (error as Error).message;
    throw new UsageError(`must pass a container spec json file for custom profile: ${why}`);
  }
}
