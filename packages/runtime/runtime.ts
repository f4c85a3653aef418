/** Which pod a sandbox or a container belongs to. */
export interface PodRef {
  namespace: string;
  name: string;
  uid: string;
}

/** The engine, as the node's `status.nodeInfo` and capacity need it. */
export interface RuntimeInfo {
  /** `docker` */
  name: string;
  version: string;
  kernelVersion: string;
  osImage: string;
  operatingSystem: string;
  /** Go's names: amd64, arm64. */
  architecture: string;
  cpus: number;
  memoryBytes: number;
  /** Where the engine keeps images and containers: its disk is the node's ephemeral storage. */
  rootDirectory: string;
  cgroupVersion: 1 | 2;
}

/** A pod's network namespace, held open by a pause process. `pod` is undefined while it waits, warm, for one. */
export interface Sandbox {
  id: string;
  pod: PodRef | undefined;
  /** Process that holds the namespaces: `/proc/<pid>/ns/net`. 0 when it is dead. */
  pid: number;
  running: boolean;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** What only a sandbox that is made for one pod can have; a warm one has none of it. */
export interface SandboxOptions {
  /** The name that the pod's processes see. A warm sandbox's containers get theirs as they start, which costs about a millisecond each. */
  hostname?: string;
  /** Namespaced kernel settings (`net.*`, `kernel.shm*`, `kernel.msg*`, `kernel.sem`, `fs.mqueue.*`) of the pod. */
  sysctls?: Readonly<Record<string, string>>;
}

/** A bind mount. Both paths are absolute. */
export interface Mount {
  source: string;
  target: string;
  readOnly: boolean;
  propagation?: "private" | "rslave" | "rshared";
}

/** cgroup settings; undefined = the engine's default (no limit). */
export interface ContainerResources {
  cpuShares?: number;
  /** Microseconds of processor time in each period of `cpuPeriod`. */
  cpuQuota?: number;
  cpuPeriod?: number;
  memoryBytes?: number;
  oomScoreAdj?: number;
}

export interface ContainerSecurity {
  /** `uid`, `uid:gid` or a name of the image's; undefined = the image's own. */
  user?: string;
  /** Supplementary groups. */
  groups?: readonly string[];
  privileged?: boolean;
  readOnlyRootFilesystem?: boolean;
  noNewPrivileges?: boolean;
  /** Without the `CAP_` prefix. */
  addCapabilities?: readonly string[];
  dropCapabilities?: readonly string[];
  /** A profile's JSON, or `unconfined`; undefined = the engine's default. */
  seccomp?: string;
  /** A loaded profile's name, or `unconfined`; undefined = the engine's default. */
  appArmor?: string;
  /** Replace the engine's own lists; an empty list unmasks /proc. */
  maskedPaths?: readonly string[];
  readOnlyPaths?: readonly string[];
}

/** One container of a pod, ready to be created. */
export interface ContainerSpec {
  pod: PodRef;
  /** The container's name in the pod. */
  name: string;
  /** 0 for the first start, one more with every restart. */
  attempt: number;
  /** The image id that `imageStatus` or `pullImage` gave. */
  image: string;
  /** Replaces the image's entrypoint; undefined keeps it. */
  command?: readonly string[];
  /** Replaces the image's command; undefined keeps it unless `command` is set. */
  args?: readonly string[];
  env: readonly (readonly [name: string, value: string])[];
  workingDir?: string;
  mounts: readonly Mount[];
  resources: ContainerResources;
  security: ContainerSecurity;
  /** Network, IPC (and PID, with `shareProcesses`) namespaces to join; `host` = the host's network namespace. */
  sandbox: string | "host";
  /** The process sees this name from its first instruction on. */
  hostname: string;
  hostPID?: boolean;
  hostIPC?: boolean;
  shareProcesses?: boolean;
  stdin?: boolean;
  stdinOnce?: boolean;
  tty?: boolean;
  /** Signal that asks the process to end, such as `SIGTERM`; undefined = the image's own. */
  stopSignal?: string;
  /** Kept with the container, and given back by `list`: what an agent must know again after its own restart. */
  annotations?: Readonly<Record<string, string>>;
}

/** A container as the engine knows it. */
export interface ContainerStatus {
  id: string;
  pod: PodRef;
  name: string;
  attempt: number;
  sandbox: string | "host";
  state: "created" | "running" | "exited";
  pid: number;
  exitCode?: number;
  oomKilled?: boolean;
  /** What the engine said when it could not start the process. */
  error?: string;
  /** Milliseconds since the epoch; undefined when it has not happened. */
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  imageId: string;
  imageRef: string;
  annotations: Readonly<Record<string, string>>;
}

export interface Image {
  id: string;
  /** `repo:tag` names. */
  tags: readonly string[];
  /** `repo@sha256:...` names. */
  digests: readonly string[];
  sizeBytes: number;
  /** The image's USER: empty = root. */
  user: string;
}

/** What a pull has done so far. Bytes are of what is known so far, so `totalBytes` may grow. */
export interface PullProgress {
  layersDone: number;
  layersTotal: number;
  bytes: number;
  totalBytes: number;
}

export interface RegistryAuth {
  username?: string;
  password?: string;
  identityToken?: string;
  serverAddress?: string;
}

/** A hint that something about a container changed. The truth is `list`. */
export interface RuntimeEvent {
  type: "start" | "exit" | "oom" | "remove";
  /** Id of a container or a sandbox. */
  id: string;
  /** Milliseconds since the epoch. */
  time: number;
}

/**
 * Real containers, as the agent needs them. Owned by its consumer: it has nothing that the agent does not call. Everything it makes carries the
 * name of its cluster, and it never sees or touches what others made. Every implementation must pass `runtimeContract`.
 */
export interface ContainerRuntime {
  /** Rejects with RuntimeUnavailableError while the engine does not answer. */
  info(): Promise<RuntimeInfo>;

  /** The image by reference or id, from what the engine has; undefined when it has none. Never pulls. */
  imageStatus(reference: string): Promise<Image | undefined>;
  /** Pulls; concurrent pulls of one reference share one transfer. Rejects with ImageError. */
  pullImage(
    reference: string,
    options: { auth?: RegistryAuth; onProgress?: (p: PullProgress) => void; signal?: AbortSignal },
  ): Promise<Image>;
  listImages(): Promise<readonly Image[]>;

  /**
   * Starts a sandbox without any network; the pod is given later, by `assignSandbox`, or at once. Rejects with ContainerConfigError when the
   * engine refuses the options.
   */
  createSandbox(pod?: PodRef, options?: SandboxOptions): Promise<Sandbox>;
  /** Makes a warm sandbox the pod's; survives restarts of the agent and the engine. */
  assignSandbox(id: string, pod: PodRef): Promise<void>;
  /** Kills and removes; no error when it is gone already. */
  removeSandbox(id: string): Promise<void>;

  /** Creates without starting; gives the id. Idempotent by (pod uid, name, attempt). Rejects with ContainerConfigError on what can never work. */
  createContainer(spec: ContainerSpec): Promise<string>;
  /** Rejects with ContainerStartError when the process could not be started. */
  startContainer(id: string): Promise<void>;
  /** Asks the process to end, kills it after `graceSeconds`; resolves when it has ended. No error when it is gone already. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  /** Sends a signal; no error when the process has ended. */
  signalContainer(id: string, signal: string): Promise<void>;
  /** Removes, killing it first if it must; no error when it is gone already. */
  removeContainer(id: string): Promise<void>;
  /** One container by id; undefined when it is gone. */
  containerStatus(id: string): Promise<ContainerStatus | undefined>;

  /** All that this cluster has on the engine: the truth after any restart. */
  list(): Promise<{ sandboxes: readonly Sandbox[]; containers: readonly ContainerStatus[] }>;
  /** Hints, from now on, until the signal aborts; reconnects by itself and then yields `resync`: look at `list` again. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent | { type: "resync" }>;
  /** Removes all that this cluster has on the engine, images excepted, and the sandbox image when no other cluster uses it. */
  purge(): Promise<void>;
}

export interface LogOptions {
  follow?: boolean;
  /** Only the last lines; undefined = all. */
  tailLines?: number;
  /** Milliseconds since the epoch. */
  since?: number;
  /** Each line begins with an RFC 3339 time with nanoseconds. */
  timestamps?: boolean;
}

/** The streams of a process. They end when it does; writing to `stdin` after that is ignored. Outputs that nobody reads stop the process. */
export interface ProcessStreams {
  stdin: NodeJS.WritableStream | undefined;
  stdout: NodeJS.ReadableStream;
  /** Undefined with a tty: all comes on stdout. */
  stderr: NodeJS.ReadableStream | undefined;
  /** Changes the size of its terminal; does nothing without one, or once it has ended. */
  resize(columns: number, rows: number): Promise<void>;
  /** Ends the streams. */
  close(): void;
}

/** A running `exec`. `close` also hangs up on the process. */
export interface ExecSession extends ProcessStreams {
  /** The exit code, after both outputs have ended. */
  exit: Promise<number>;
}

/** Streams in and out of containers. */
export interface ContainerStreams {
  /** Log bytes as the container wrote them (stdout and stderr in order). Ends when `follow` is off, the container ended, or the signal aborts. */
  logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<Buffer>;
  exec(id: string, options: { command: readonly string[]; stdin?: boolean; tty?: boolean }): Promise<ExecSession>;
  /**
   * Joins the streams of a running container's own process: from now on, what it wrote before is in its log. With `stdin`, the input of a container that has one; its end is the
   * container's only where that was made with `stdinOnce`. `close` leaves the process alone.
   */
  attach(id: string, options: { stdin?: boolean }): Promise<ProcessStreams>;
  /** Runs to its end; kills it and rejects with a TimeoutError after `timeoutMs`. Output is cut after 64 KiB. */
  execSync(id: string, command: readonly string[], timeoutMs: number): Promise<{ exitCode: number; output: string }>;
  stats(id: string): Promise<{ cpuNanos: number; memoryBytes: number; workingSetBytes: number } | undefined>;
}

/** The engine does not answer. */
export class RuntimeUnavailableError extends Error {
  override name = "RuntimeUnavailableError";
}

/** A command took longer than it may, and was killed. */
export class TimeoutError extends Error {
  override name = "TimeoutError";
}

/** An image cannot be had. `reason` is the kubelet's word. */
export class ImageError extends Error {
  override name = "ImageError";
  readonly reason: "ErrImagePull" | "InvalidImageName" | "RegistryUnavailable";
  constructor(reason: ImageError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The container's settings can never work on this host. */
export class ContainerConfigError extends Error {
  override name = "ContainerConfigError";
}

/** The process could not be started: no such command, no permission, a bad mount ... `exitCode` as a shell would give it (126, 127, 128). */
export class ContainerStartError extends Error {
  override name = "ContainerStartError";
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
