import { PassThrough } from "node:stream";
import type { Clock } from "@wherry/base";
import { type FakeBehaviour, type FakeIo, FakeProcess, type FakeProgram } from "./fake-process.ts";
import { Feed } from "./feed.ts";
import {
  ContainerConfigError,
  type ContainerRuntime,
  type ContainerSpec,
  ContainerStartError,
  type ContainerStatus,
  type ContainerStreams,
  type ExecSession,
  type Image,
  ImageError,
  type LogOptions,
  type PodRef,
  type ProcessStreams,
  type PullProgress,
  type RuntimeEvent,
  type RuntimeInfo,
  RuntimeUnavailableError,
  type Sandbox,
  type SandboxOptions,
  TimeoutError,
} from "./runtime.ts";

export type { FakeAttach, FakeBehaviour, FakeExec, FakeProgram } from "./fake-process.ts";

interface FakeContainer {
  spec: ContainerSpec;
  status: ContainerStatus;
  process?: FakeProcess;
}

/** How the fake starts: what it claims to be, what it has and what its containers do. */
export interface FakeRuntimeOptions {
  clock: Clock;
  info?: Partial<RuntimeInfo>;
  /** References that are there from the beginning. */
  images?: readonly string[];
  /** References that a pull finds; `all` (the default) = any. */
  registry?: "all" | readonly string[];
  pullMs?: number;
  behaviour?: FakeBehaviour;
}

/**
 * A container engine without containers, on an injected clock: hollow nodes and unit tests run on it. It keeps every promise of `ContainerRuntime`
 * and `ContainerStreams`; what its containers do is scripted by `behaviour`, and may be changed at any time.
 */
export class FakeRuntime implements ContainerRuntime, ContainerStreams {
  /** What containers do that start from now on. */
  behaviour: FakeBehaviour;
  /** False = every call rejects with RuntimeUnavailableError. Use `setAvailable` to make readers of events notice. */
  available = true;
  /** How often each method was called. */
  readonly calls = new Map<string, number>();
  readonly #clock: Clock;
  readonly #options: FakeRuntimeOptions;
  readonly #images = new Map<string, Image>();
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, FakeContainer>();
  readonly #pulls = new Map<string, Promise<Image>>();
  readonly #feed = new Feed<RuntimeEvent | { type: "resync" }>();
  #lastId = 0;
  #lastPid = 1000;

  constructor(options: FakeRuntimeOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.behaviour = options.behaviour ?? (() => ({}));
    for (const reference of options.images ?? []) this.addImage(reference);
  }

  /** Puts an image on the node. */
  addImage(reference: string, image: Partial<Image> = {}): Image {
    const made = { id: `sha256:${this.#newId()}`, tags: [reference], digests: [], sizeBytes: 1 << 20, user: "", ...image };
    this.#images.set(reference, made);
    return made;
  }

  /** Stops or brings back the engine; what runs goes on, and readers of events get a `resync` when it is back. */
  setAvailable(available: boolean): void {
    this.available = available;
    if (available) this.#feed.publish({ type: "resync" });
  }

  /** Ends a running container as if its process had ended by itself. */
  exit(id: string, exitCode: number, oomKilled = false): void {
    this.#containers.get(id)?.process?.end(exitCode, oomKilled);
  }

  /** Says only now of a container that has ended that it was for want of memory, as engines do at times. */
  tellOutOfMemory(id: string): void {
    const container = this.#containers.get(id);
    if (container?.status.state !== "exited") return;
    container.status = { ...container.status, oomKilled: true };
    this.#emit("oom", id);
  }

  /** Adds a line to a running container's log. */
  write(id: string, line: string): void {
    this.#containers.get(id)?.process?.write(line);
  }

  /** Kills a sandbox's process, as when somebody removed it behind our back. */
  killSandbox(id: string): void {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox?.running) return;
    this.#sandboxes.set(id, { ...sandbox, running: false, pid: 0 });
    this.#emit("exit", id);
  }

  /** The spec that a container was created from. */
  spec(id: string): ContainerSpec | undefined {
    return this.#containers.get(id)?.spec;
  }

  async info(): Promise<RuntimeInfo> {
    this.#enter("info");
    return {
      name: "fake",
      version: "1.0.0",
      kernelVersion: "6.1.0",
      osImage: "Fake Linux",
      operatingSystem: "linux",
      architecture: "amd64",
      cpus: 4,
      memoryBytes: 8 * 2 ** 30,
      rootDirectory: "/",
      cgroupVersion: 2,
      ...this.#options.info,
    };
  }

  async imageStatus(reference: string): Promise<Image | undefined> {
    this.#enter("imageStatus");
    return this.#images.get(reference) ?? [...this.#images.values()].find((image) => image.id === reference);
  }

  pullImage(reference: string, options: { onProgress?: (p: PullProgress) => void; signal?: AbortSignal } = {}): Promise<Image> {
    const running = this.#pulls.get(reference);
    if (running) return running;
    const pull = this.#pull(reference, options).finally(() => this.#pulls.delete(reference));
    this.#pulls.set(reference, pull);
    return pull;
  }

  async #pull(reference: string, options: { onProgress?: (p: PullProgress) => void; signal?: AbortSignal }): Promise<Image> {
    this.#enter("pullImage");
    const total = 1 << 20;
    options.onProgress?.({ layersDone: 0, layersTotal: 1, bytes: 0, totalBytes: total });
    if (this.#options.pullMs) await this.#clock.sleep(this.#options.pullMs, options.signal);
    const { registry = "all" } = this.#options;
    if (registry !== "all" && !registry.includes(reference))
      throw new ImageError("ErrImagePull", `pull access denied for ${reference}, repository does not exist or may require 'docker login'`);
    options.onProgress?.({ layersDone: 1, layersTotal: 1, bytes: total, totalBytes: total });
    return this.#images.get(reference) ?? this.addImage(reference);
  }

  async listImages(): Promise<readonly Image[]> {
    this.#enter("listImages");
    return [...this.#images.values()];
  }

  async createSandbox(pod?: PodRef, _options?: SandboxOptions): Promise<Sandbox> {
    this.#enter("createSandbox");
    const sandbox = { id: this.#newId(), pod, pid: ++this.#lastPid, running: true, createdAt: this.#clock.now() };
    this.#sandboxes.set(sandbox.id, sandbox);
    this.#emit("start", sandbox.id);
    return sandbox;
  }

  async assignSandbox(id: string, pod: PodRef): Promise<void> {
    this.#enter("assignSandbox");
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new Error(`sandbox ${id} does not exist`);
    if (sandbox.pod && sandbox.pod.uid !== pod.uid)
      throw new Error(`sandbox ${id} belongs to pod ${sandbox.pod.namespace}/${sandbox.pod.name}`);
    this.#sandboxes.set(id, { ...sandbox, pod });
  }

  async removeSandbox(id: string): Promise<void> {
    this.#enter("removeSandbox");
    this.killSandbox(id);
    if (this.#sandboxes.delete(id)) this.#emit("remove", id);
  }

  async createContainer(spec: ContainerSpec): Promise<string> {
    this.#enter("createContainer");
    for (const [id, { spec: other }] of this.#containers)
      if (other.pod.uid === spec.pod.uid && other.name === spec.name && other.attempt === spec.attempt) return id;
    const { configError } = this.behaviour(spec);
    if (configError) throw new ContainerConfigError(configError);
    const id = this.#newId();
    const image = [...this.#images.values()].find((i) => i.id === spec.image);
    const status: ContainerStatus = {
      id,
      pod: spec.pod,
      name: spec.name,
      attempt: spec.attempt,
      sandbox: spec.sandbox,
      state: "created",
      pid: 0,
      createdAt: this.#clock.now(),
      imageId: spec.image,
      imageRef: image?.digests[0] ?? image?.tags[0] ?? spec.image,
      annotations: spec.annotations ?? {},
    };
    this.#containers.set(id, { spec, status });
    return id;
  }

  async startContainer(id: string): Promise<void> {
    this.#enter("startContainer");
    const container = this.#known(id);
    if (container.status.state !== "created") return;
    const program = this.behaviour(container.spec);
    const now = this.#clock.now();
    if (program.startError) {
      const { exitCode, message } = program.startError;
      container.status = { ...container.status, state: "exited", exitCode, error: message, finishedAt: now };
      throw new ContainerStartError(exitCode, message);
    }
    container.status = { ...container.status, state: "running", pid: ++this.#lastPid, startedAt: now };
    this.#emit("start", id);
    container.process = new FakeProcess(this.#clock, this.#lastPid, program, (exitCode, oomKilled) => {
      container.status = { ...container.status, state: "exited", pid: 0, exitCode, oomKilled, finishedAt: this.#clock.now() };
      if (oomKilled) this.#emit("oom", id);
      this.#emit("exit", id);
    });
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    this.#enter("stopContainer");
    const container = this.#containers.get(id);
    if (container?.status.state !== "running") return;
    if (graceSeconds > 0) container.process?.signal(container.spec.stopSignal ?? "SIGTERM");
    if (container.status.state === "running") container.process?.killIn(graceSeconds * 1000);
    await container.process?.ended;
  }

  async signalContainer(id: string, signal: string): Promise<void> {
    this.#enter("signalContainer");
    const container = this.#containers.get(id);
    if (container?.status.state === "running") container.process?.signal(signal);
  }

  async removeContainer(id: string): Promise<void> {
    this.#enter("removeContainer");
    this.#containers.get(id)?.process?.end(137);
    if (this.#containers.delete(id)) this.#emit("remove", id);
  }

  async containerStatus(id: string): Promise<ContainerStatus | undefined> {
    this.#enter("containerStatus");
    return this.#containers.get(id)?.status;
  }

  async list(): Promise<{ sandboxes: readonly Sandbox[]; containers: readonly ContainerStatus[] }> {
    this.#enter("list");
    return { sandboxes: [...this.#sandboxes.values()], containers: [...this.#containers.values()].map((c) => c.status) };
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent | { type: "resync" }> {
    return this.#feed.subscribe(signal);
  }

  async purge(): Promise<void> {
    this.#enter("purge");
    for (const id of [...this.#containers.keys()]) await this.removeContainer(id);
    for (const id of [...this.#sandboxes.keys()]) await this.removeSandbox(id);
  }

  logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<Buffer> {
    this.#enter("logs");
    return this.#known(id).process?.logs(options, signal) ?? (async function* () {})();
  }

  async exec(id: string, options: { command: readonly string[]; stdin?: boolean; tty?: boolean }): Promise<ExecSession> {
    this.#enter("exec");
    const { program } = this.#runningProcess(id);
    const { streams, io, end } = connect(program, options);
    const run = async () => program.exec?.(options.command, io) ?? 0;
    const exit = run().finally(end);
    exit.catch(() => {});
    return { ...streams, exit };
  }

  async attach(id: string, options: { stdin?: boolean }): Promise<ProcessStreams> {
    this.#enter("attach");
    const process = this.#runningProcess(id);
    const { spec } = this.#known(id);
    const { streams, io, end } = connect(process.program, { stdin: options.stdin === true && spec.stdin === true, tty: spec.tty === true });
    const run = async () => {
      const exitCode = await process.program.attach?.(io);
      if (exitCode !== undefined) process.end(exitCode);
    };
    void run().catch(() => process.end(1));
    void process.ended.then(end);
    io.signal.addEventListener("abort", end, { once: true });
    return streams;
  }

  async execSync(id: string, command: readonly string[], timeoutMs: number): Promise<{ exitCode: number; output: string }> {
    const session = await this.exec(id, { command });
    const parts: Buffer[] = [];
    for (const stream of [session.stdout, session.stderr]) stream?.on("data", (part: Buffer) => parts.push(part));
    const late = Promise.withResolvers<never>();
    const timer = this.#clock.schedule(timeoutMs, () => {
      session.close();
      late.reject(new TimeoutError(`command ${JSON.stringify(command)} timed out after ${timeoutMs / 1000}s`));
    });
    try {
      const exitCode = await Promise.race([session.exit, late.promise]);
      return { exitCode, output: Buffer.concat(parts).toString("utf8", 0, 64 * 1024) };
    } finally {
      timer.cancel();
    }
  }

  async stats(id: string): Promise<{ cpuNanos: number; memoryBytes: number; workingSetBytes: number } | undefined> {
    this.#enter("stats");
    const { status } = this.#known(id);
    if (status.state !== "running") return undefined;
    const alive = this.#clock.now() - (status.startedAt ?? 0);
    return { cpuNanos: alive * 1e4, memoryBytes: 4 << 20, workingSetBytes: 3 << 20 };
  }

  #enter(method: string): void {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    if (!this.available) throw new RuntimeUnavailableError("the fake engine is not available: call setAvailable(true)");
  }

  #known(id: string): FakeContainer {
    const container = this.#containers.get(id);
    if (!container) throw new Error(`container ${id} does not exist`);
    return container;
  }

  #runningProcess(id: string): FakeProcess {
    const { process, status } = this.#known(id);
    if (!process || status.state !== "running") throw new Error(`container ${id} is not running`);
    return process;
  }

  #emit(type: RuntimeEvent["type"], id: string): void {
    this.#feed.publish({ type, id, time: this.#clock.now() });
  }

  #newId(): string {
    return (++this.#lastId).toString(16).padStart(64, "0");
  }
}

/** Both sides of a process's streams, and what ends its outputs. */
function connect(
  program: FakeProgram,
  options: { stdin?: boolean; tty?: boolean },
): { streams: ProcessStreams; io: FakeIo; end: () => void } {
  const stdin = options.stdin ? new PassThrough() : undefined;
  const stdout = new PassThrough();
  const stderr = options.tty ? undefined : new PassThrough();
  const abort = new AbortController();
  const resize = async (columns: number, rows: number) => program.resized?.(columns, rows);
  return {
    streams: { stdin, stdout, stderr, resize, close: () => abort.abort() },
    io: { stdin, stdout, stderr: stderr ?? stdout, signal: abort.signal },
    end: () => {
      stdout.end();
      stderr?.end();
    },
  };
}
