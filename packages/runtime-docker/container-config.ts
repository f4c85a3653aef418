import { ContainerConfigError, type ContainerSecurity, type ContainerSpec, type Mount } from "@wherry/runtime";
import type { ContainerCreateOptions } from "dockerode";
import type { ImageConfig } from "./image-config.ts";
import { LABEL } from "./naming.ts";

/** How a container's log is kept on disk. */
export interface LogRotation {
  /** As Docker writes sizes: `10m`. */
  maxSize: string;
  maxFiles: number;
}

/** The program that waits for the right host name, and where the host keeps it and its last words. */
export interface NameWaiter {
  program: string;
  report: string;
}

/** Where the two files of a NameWaiter are in the container: /dev is memory, so nothing of them is left in the root file system. */
export const WAITER_PATH = "/dev/wherry-init";
export const REPORT_PATH = "/dev/wherry-start";

/** What else a container is made from. */
export interface ContainerContext {
  cluster: string;
  image: ImageConfig;
  rotation: LogRotation;
  /** Lower values are raised to it. */
  lowestOomScore: number;
  /** Present when the sandbox has another host name than the container is to see. */
  waiter?: NameWaiter;
}

type HostConfig = NonNullable<ContainerCreateOptions["HostConfig"]>;

/** What Docker is told to create. Throws ContainerConfigError on what cannot work. */
export function containerConfig(spec: ContainerSpec, context: ContainerContext): ContainerCreateOptions {
  return {
    Image: spec.image,
    ...commandOf(spec, context),
    Env: environment(spec, context.image),
    ...(spec.workingDir && { WorkingDir: spec.workingDir }),
    ...(spec.security.user !== undefined && { User: spec.security.user }),
    ...(spec.sandbox === "host" && { Hostname: spec.hostname }),
    Tty: spec.tty ?? false,
    OpenStdin: spec.stdin ?? false,
    StdinOnce: spec.stdinOnce ?? false,
    ...(spec.stopSignal && { StopSignal: spec.stopSignal }),
    Healthcheck: { Test: ["NONE"] },
    Labels: labelsOf(spec, context),
    HostConfig: hostConfig(spec, context),
  };
}

function commandOf(spec: ContainerSpec, { image, waiter }: ContainerContext): Pick<ContainerCreateOptions, "Entrypoint" | "Cmd"> {
  const own = spec.command?.length ? [...spec.command] : undefined;
  const entrypoint = own ?? image.entrypoint;
  const args = spec.args?.length ? [...spec.args] : own ? [] : image.command;
  if (entrypoint.length + args.length === 0)
    throw new ContainerConfigError(`no command specified: neither the container nor its image says what to run`);
  if (waiter) return { Entrypoint: [WAITER_PATH], Cmd: [spec.hostname, ...entrypoint, ...args] };
  return { Entrypoint: entrypoint, Cmd: args };
}

/** Docker would tell the sandbox's name in HOSTNAME. */
function environment(spec: ContainerSpec, image: ImageConfig): string[] {
  const own = spec.env.map(([name, value]) => `${name}=${value}`);
  const named = [...own, ...image.env].some((entry) => entry.startsWith("HOSTNAME="));
  return named ? own : [`HOSTNAME=${spec.hostname}`, ...own];
}

function labelsOf(spec: ContainerSpec, { cluster, waiter }: ContainerContext): Record<string, string> {
  return {
    [LABEL.cluster]: cluster,
    [LABEL.podUid]: spec.pod.uid,
    [LABEL.podName]: spec.pod.name,
    [LABEL.podNamespace]: spec.pod.namespace,
    [LABEL.container]: spec.name,
    [LABEL.attempt]: String(spec.attempt),
    [LABEL.sandbox]: spec.sandbox,
    [LABEL.annotations]: JSON.stringify(spec.annotations ?? {}),
    ...(waiter && { [LABEL.hostname]: spec.hostname }),
  };
}

function hostConfig(spec: ContainerSpec, { rotation, waiter, lowestOomScore }: ContainerContext): HostConfig {
  const { resources, security } = spec;
  const files = waiter ? waiterMounts(waiter) : [];
  return {
    ...namespaces(spec),
    Mounts: [...spec.mounts, ...files].map(dockerMount),
    RestartPolicy: { Name: "no" },
    Init: false,
    LogConfig: { Type: "json-file", Config: { "max-size": rotation.maxSize, "max-file": String(rotation.maxFiles) } },
    ...(resources.cpuShares !== undefined && { CpuShares: resources.cpuShares }),
    ...(resources.cpuQuota !== undefined && { CpuQuota: resources.cpuQuota }),
    ...(resources.cpuPeriod !== undefined && { CpuPeriod: resources.cpuPeriod }),
    // No swap beyond the limit, as on a node whose swap is off.
    ...(resources.memoryBytes && { Memory: resources.memoryBytes, MemorySwap: resources.memoryBytes }),
    ...(resources.oomScoreAdj !== undefined && { OomScoreAdj: Math.max(resources.oomScoreAdj, lowestOomScore) }),
    Privileged: security.privileged ?? false,
    ReadonlyRootfs: security.readOnlyRootFilesystem ?? false,
    SecurityOpt: securityOptions(security),
    ...(security.groups?.length && { GroupAdd: [...security.groups] }),
    CapAdd: [...(security.addCapabilities ?? [])],
    CapDrop: [...(security.dropCapabilities ?? [])],
    ...(security.maskedPaths && { MaskedPaths: [...security.maskedPaths] }),
    ...(security.readOnlyPaths && { ReadonlyPaths: [...security.readOnlyPaths] }),
  };
}

function namespaces(spec: ContainerSpec): Pick<HostConfig, "NetworkMode" | "IpcMode" | "PidMode"> {
  const joined = spec.sandbox === "host" ? undefined : `container:${spec.sandbox}`;
  const pid = spec.hostPID ? "host" : spec.shareProcesses ? joined : undefined;
  const ipc = spec.hostIPC ? "host" : joined;
  return { NetworkMode: joined ?? "host", ...(ipc && { IpcMode: ipc }), ...(pid && { PidMode: pid }) };
}

function securityOptions(security: ContainerSecurity): string[] {
  return [
    ...(security.noNewPrivileges ? ["no-new-privileges"] : []),
    ...(security.seccomp !== undefined ? [`seccomp=${security.seccomp}`] : []),
    ...(security.appArmor !== undefined ? [`apparmor=${security.appArmor}`] : []),
  ];
}

function waiterMounts(waiter: NameWaiter): Mount[] {
  return [
    { source: waiter.program, target: WAITER_PATH, readOnly: true },
    { source: waiter.report, target: REPORT_PATH, readOnly: false },
  ];
}

function dockerMount(mount: Mount): NonNullable<HostConfig["Mounts"]>[number] {
  return {
    Type: "bind",
    Source: mount.source,
    Target: mount.target,
    ReadOnly: mount.readOnly,
    BindOptions: { Propagation: mount.propagation ?? "rprivate" },
  };
}
