import { join } from "node:path";
import { type Clock, type Logger, systemClock } from "@wherry/base";
import type {
  ContainerRuntime,
  ContainerSpec,
  ContainerStatus,
  ContainerStreams,
  ExecSession,
  Image,
  LogOptions,
  PodRef,
  ProcessStreams,
  RuntimeEvent,
  RuntimeInfo,
  Sandbox,
  SandboxOptions,
} from "@wherry/runtime";
import { attach } from "./attach.ts";
import type { LogRotation } from "./container-config.ts";
import { Containers } from "./containers.ts";
import { parseEngineAddress } from "./engine/address.ts";
import { EngineClient } from "./engine/client.ts";
import { Events } from "./events.ts";
import { type ExecOptions, Execs } from "./exec.ts";
import { ImageConfigs } from "./image-config.ts";
import { Images, type PullOptions } from "./images.ts";
import { architectureOf, readInfo } from "./info.ts";
import { Inventory } from "./inventory.ts";
import { readLogs } from "./logs.ts";
import { NameWaiters } from "./name-waiter.ts";
import { lowestOomScore } from "./oom-score.ts";
import { PauseImage } from "./pause-image.ts";
import { Sandboxes } from "./sandboxes.ts";
import { readUsage, type Usage } from "./stats.ts";

/** What a runtime on Docker needs to know. */
export interface DockerRuntimeOptions {
  /** Everything on the engine carries this name. */
  cluster: string;
  /** `unix:///path` or `tcp://host:port`; Docker's default socket unless given. The engine must share this host's processes and files. */
  socket?: string;
  /** A folder of the agent's own, absolute, on the engine's host. */
  stateDir: string;
  log: Logger;
  clock?: Clock;
  /** Of each container's log; 10m and 5 files unless given. */
  logRotation?: LogRotation;
}

const ROTATION: LogRotation = { maxSize: "10m", maxFiles: 5 };

/** Pods' containers on a Docker Engine. Nothing is asked of the engine until the first call. */
export class DockerRuntime implements ContainerRuntime, ContainerStreams {
  readonly #engine: EngineClient;
  readonly #inventory: Inventory;
  readonly #images: Images;
  readonly #pause: PauseImage;
  readonly #waiters: NameWaiters;
  readonly #sandboxes: Sandboxes;
  readonly #containers: Containers;
  readonly #events: Events;
  readonly #execs: Execs;
  readonly #clock: Clock;
  #resumed = false;

  constructor(options: DockerRuntimeOptions) {
    const { cluster, log, clock = systemClock, logRotation: rotation = ROTATION } = options;
    const engine = new EngineClient(parseEngineAddress(options.socket));
    const images = new ImageConfigs(engine);
    const architecture = architectureOf(process.arch === "x64" ? "amd64" : process.arch);
    const oomScore = lowestOomScore();
    this.#clock = clock;
    this.#engine = engine;
    this.#waiters = new NameWaiters(join(options.stateDir, "names"), architecture);
    this.#inventory = new Inventory(engine, cluster, images, this.#waiters);
    this.#images = new Images(engine);
    this.#pause = new PauseImage(engine, architecture);
    this.#sandboxes = new Sandboxes(engine, cluster, this.#inventory, this.#pause, oomScore);
    this.#containers = new Containers({
      engine,
      cluster,
      inventory: this.#inventory,
      images,
      waiters: this.#waiters,
      rotation,
      lowestOomScore: oomScore,
    });
    this.#events = new Events(engine, cluster, this.#inventory, clock, log);
    this.#execs = new Execs(engine, clock);
  }

  info(): Promise<RuntimeInfo> {
    return readInfo(this.#engine);
  }

  imageStatus(reference: string): Promise<Image | undefined> {
    return this.#images.status(reference);
  }

  pullImage(reference: string, options: PullOptions = {}): Promise<Image> {
    return this.#images.pull(reference, options);
  }

  listImages(): Promise<readonly Image[]> {
    return this.#images.list();
  }

  createSandbox(pod?: PodRef, options: SandboxOptions = {}): Promise<Sandbox> {
    return this.#sandboxes.create(pod, options);
  }

  assignSandbox(id: string, pod: PodRef): Promise<void> {
    return this.#sandboxes.assign(id, pod);
  }

  removeSandbox(id: string): Promise<void> {
    return this.#sandboxes.remove(id);
  }

  createContainer(spec: ContainerSpec): Promise<string> {
    return this.#containers.create(spec);
  }

  startContainer(id: string): Promise<void> {
    return this.#containers.start(id);
  }

  stopContainer(id: string, graceSeconds: number): Promise<void> {
    return this.#containers.stop(id, graceSeconds);
  }

  signalContainer(id: string, signal: string): Promise<void> {
    return this.#containers.signal(id, signal);
  }

  removeContainer(id: string): Promise<void> {
    return this.#containers.remove(id);
  }

  async containerStatus(id: string): Promise<ContainerStatus | undefined> {
    const known = await this.#inventory.look(id);
    return known && "container" in known.item ? known.item.container : undefined;
  }

  async list(): Promise<{ sandboxes: readonly Sandbox[]; containers: readonly ContainerStatus[] }> {
    const all = await this.#inventory.list();
    if (!this.#resumed) {
      this.#resumed = true;
      await this.#containers.resumeStarts(all.containers.filter((container) => container.state === "running"));
    }
    return all;
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent | { type: "resync" }> {
    return this.#events.follow(signal, this.#clock.now());
  }

  async purge(): Promise<void> {
    const all = await this.#inventory.summaries();
    await Promise.all(all.map(({ Id }) => this.#sandboxes.remove(Id)));
    await this.#pause.remove();
    await this.#waiters.clear();
  }

  async *logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<Buffer> {
    const tty = (await this.#inventory.recall(id))?.tty ?? false;
    yield* readLogs(this.#engine, { id, tty }, options, signal);
  }

  exec(id: string, options: ExecOptions): Promise<ExecSession> {
    return this.#execs.open(id, options);
  }

  async attach(id: string, options: { stdin?: boolean }): Promise<ProcessStreams> {
    const tty = (await this.#inventory.recall(id))?.tty ?? false;
    return attach(this.#engine, { id, tty }, options);
  }

  execSync(id: string, command: readonly string[], timeoutMs: number): Promise<{ exitCode: number; output: string }> {
    return this.#execs.run(id, command, timeoutMs);
  }

  async stats(id: string): Promise<Usage | undefined> {
    const known = await this.#inventory.recall(id);
    const pid = known && "container" in known.item ? known.item.container.pid : 0;
    return pid > 0 ? readUsage(pid) : undefined;
  }

  /** Ends idle connections to the engine; containers run on. */
  close(): void {
    this.#engine.close();
  }
}

/** A runtime on the Docker Engine at `options.socket`. */
export function createDockerRuntime(options: DockerRuntimeOptions): DockerRuntime {
  return new DockerRuntime(options);
}
