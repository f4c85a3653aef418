import { join } from "node:path";
import type { Container, Pod, Secret } from "@wherry/api";
import { ContainerConfigError, type ContainerSpec, ContainerStartError, type Image } from "@wherry/runtime";
import { ConfigError } from "../env/config-error.ts";
import { type EnvironmentSources, environment, expandAll } from "../env/environment.ts";
import { linkedServices, serviceLinks } from "../env/service-links.ts";
import type { HookContext } from "../lifecycle/hooks.ts";
import { NO_TIMEOUT_MS, runHook } from "../lifecycle/hooks.ts";
import type { PodObjects } from "../objects/pod-objects.ts";
import type { PodContext } from "../pods/context.ts";
import type { StartAction } from "../pods/plan/pod-plan.ts";
import type { PodHome } from "../pods/pod-home.ts";
import { annotation } from "./annotations.ts";
import { containerHash } from "./container-hash.ts";
import { imageID } from "./image-id.ts";
import { containerMounts } from "./mounts.ts";
import { containerResources } from "./resources.ts";
import { containerSecurity } from "./security.ts";
import { StartFailure } from "./start-failure.ts";

/** What one start needs to know of its pod. */
export interface LaunchPlace {
  pod: Pod;
  home: PodHome;
  objects: PodObjects;
  /** A sandbox's id, or `host`. */
  sandbox: string;
  /** What the engine was seen to have under the image's name a moment ago. */
  image: Promise<Image | undefined>;
  signal: AbortSignal;
}

/** Source: kubelet backOffPeriod: how long a container that cannot even be made waits for the next try. */
const RETRY_MS = 10_000;

/** Makes containers from specs and starts them, with the kubelet's events. */
export class ContainerLauncher {
  readonly #context: PodContext;

  constructor(context: PodContext) {
    this.#context = context;
  }

  /** Gets the image and makes the container; gives its id. Rejects with a StartFailure. */
  async create(action: StartAction, place: LaunchPlace): Promise<string> {
    const { container } = action;
    const fieldPath = fieldPathOf(place.pod, container.name);
    const request = { pod: place.pod, container, fieldPath, pullSecrets: pullSecrets(place), signal: place.signal };
    const image = await this.#context.images.ensure(request, await place.image);
    try {
      const spec = await this.#specFor(action, place, image);
      const id = await this.#context.engine.run("create", () => this.#context.runtime.createContainer(spec));
      this.#event(place.pod, "Normal", "Created", `Created container ${container.name}`, fieldPath);
      return id;
    } catch (error) {
      throw this.#failed(place.pod, fieldPath, error as Error);
    }
  }

  /** Starts it, and runs its postStart hook. Rejects with a StartFailure, or with the signal's reason when that aborts before the start. */
  async start(id: string, action: StartAction, place: LaunchPlace): Promise<void> {
    place.signal.throwIfAborted();
    const { inventory, engine, runtime } = this.#context;
    const { name, lifecycle } = action.container;
    const fieldPath = fieldPathOf(place.pod, name);
    try {
      await engine.run("start", () => runtime.startContainer(id));
    } catch (error) {
      await inventory.look(id);
      throw this.#failed(place.pod, fieldPath, error as Error);
    }
    this.#event(place.pod, "Normal", "Started", `Started container ${name}`, fieldPath);
    await inventory.look(id);
    if (lifecycle?.postStart) await this.#postStart(id, action, place, fieldPath);
  }

  async #postStart(id: string, { container }: StartAction, { pod, home }: LaunchPlace, fieldPath: string): Promise<void> {
    const { runtime, streams, clock, inventory } = this.#context;
    const hooks: HookContext = { streams, clock };
    const target = { container, id, ip: home.place(pod).podIP ?? "" };
    try {
      await runHook(container.lifecycle!.postStart!, pod, target, NO_TIMEOUT_MS, hooks);
    } catch (error) {
      this.#event(pod, "Warning", "FailedPostStartHook", "PostStartHook failed", fieldPath);
      this.#event(pod, "Normal", "Killing", "FailedPostStartHook", fieldPath);
      await runtime.stopContainer(id, pod.spec?.terminationGracePeriodSeconds ?? 30);
      await inventory.look(id);
      throw new StartFailure("PostStartHookError", (error as Error).message, 0);
    }
  }

  async #specFor({ container, attempt, backoffMs }: StartAction, place: LaunchPlace, image: Image): Promise<ContainerSpec> {
    const { pod, home, sandbox } = place;
    const { dataDir, memoryBytes, mounter } = this.#context;
    const env = environment(container, this.#sources(place, fieldPathOf(pod, container.name)));
    const terminationLog = home.makeTerminationLog(container.name, attempt);
    const { name, namespace = "", uid } = pod.metadata;
    const command = expandAll(container.command, env);
    const args = expandAll(container.args, env);
    const usesImageEntrypoint = !command?.length;
    return {
      pod: { name, namespace, uid },
      name: container.name,
      attempt,
      image: image.id,
      ...(!usesImageEntrypoint && { command }),
      ...((args?.length || !usesImageEntrypoint) && { args: args ?? [] }),
      env: [...env],
      ...(container.workingDir && { workingDir: container.workingDir }),
      mounts: await containerMounts(pod, container, home.volumes ?? new Map(), home.paths, env, terminationLog, mounter),
      resources: containerResources(pod, container, memoryBytes),
      security: await containerSecurity(pod, container, image, join(dataDir, "seccomp")),
      sandbox,
      hostname: home.hostname(pod),
      ...namespaces(pod),
      ...(container.stdin && { stdin: true, stdinOnce: container.stdinOnce ?? false }),
      ...(container.tty && { tty: true }),
      annotations: {
        [annotation.image]: container.image ?? "",
        [annotation.imageID]: imageID(image),
        [annotation.hash]: containerHash(container),
        [annotation.backoff]: String(backoffMs),
        [annotation.terminationLog]: terminationLog,
      },
    };
  }

  #sources({ pod, home, objects }: LaunchPlace, fieldPath: string): EnvironmentSources {
    const { services, allocatable } = this.#context;
    const linked = linkedServices(services, pod.metadata.namespace ?? "", pod.spec?.enableServiceLinks ?? true);
    return {
      pod,
      place: home.place(pod),
      allocatable: allocatable(),
      serviceLinks: serviceLinks(linked),
      configMap: (name) => objects.configMap(name),
      secret: (name) => objects.secret(name),
      onSkipped: (from, keys) => {
        const message = `Keys [${keys.join(", ")}] from the EnvFrom ${from} were skipped since they are considered invalid environment variable names.`;
        this.#event(pod, "Warning", "InvalidEnvironmentVariableNames", message, fieldPath);
      },
    };
  }

  #failed(pod: Pod, fieldPath: string, error: Error): StartFailure {
    if (error instanceof StartFailure) return error;
    this.#event(pod, "Warning", "Failed", `Error: ${error.message}`, fieldPath);
    if (error instanceof ConfigError) return new StartFailure("CreateContainerConfigError", error.message, RETRY_MS);
    if (error instanceof ContainerStartError) return new StartFailure("RunContainerError", error.message, 0);
    const reason = error instanceof ContainerConfigError ? "CreateContainerConfigError" : "CreateContainerError";
    return new StartFailure(reason, error.message, RETRY_MS);
  }

  #event(pod: Pod, type: "Normal" | "Warning", reason: string, message: string, fieldPath: string): void {
    this.#context.events.event(pod, type, reason, message, fieldPath);
  }
}

/** `spec.containers{web}`, as Events point to a container. */
export function fieldPathOf(pod: Pod, name: string): string {
  const isInit = pod.spec?.initContainers?.some((c: Container) => c.name === name);
  return `spec.${isInit ? "initContainers" : "containers"}{${name}}`;
}

const pullSecrets = ({ pod, objects }: LaunchPlace): Secret[] =>
  (pod.spec?.imagePullSecrets ?? []).flatMap(({ name }) => objects.secret(name ?? "") ?? []);

function namespaces({ spec }: Pod): Pick<ContainerSpec, "hostPID" | "hostIPC" | "shareProcesses"> {
  return {
    ...(spec?.hostPID && { hostPID: true }),
    ...(spec?.hostIPC && { hostIPC: true }),
    ...(spec?.shareProcessNamespace && { shareProcesses: true }),
  };
}
