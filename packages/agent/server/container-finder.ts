import type { Pod } from "@wherry/api";
import { badRequest, notFound } from "@wherry/base";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { attemptsByName } from "../pods/attempts.ts";
import type { Inventory } from "../pods/inventory.ts";
import { previousStatus } from "../status/container-status.ts";

/** Which pod a request is about. */
export interface PodAddress {
  namespace: string;
  pod: string;
}

/** Which container a request is about. */
export interface ContainerAddress extends PodAddress {
  container: string;
}

/** Where a pod's processes listen: the namespace of its sandbox's process, or the host's own. */
export interface PodNetwork {
  sandbox: string;
  pid: number | "host";
}

/** Finds containers on the engine by what the API calls them. Throws StatusErrors in the kubelet's words. */
export class ContainerFinder {
  readonly #inventory: Inventory;
  readonly #podByName: (name: string, namespace: string) => Pod | undefined;

  constructor(inventory: Inventory, podByName: (name: string, namespace: string) => Pod | undefined) {
    this.#inventory = inventory;
    this.#podByName = podByName;
  }

  /** The start whose log is meant: the newest, or the last one that ended before it. Source: kubelet validateContainerLogStatus. */
  forLogs(address: ContainerAddress, previous: boolean): EngineContainer {
    const { pod, attempts } = this.#find(address);
    const { container, pod: name } = address;
    const started = attempts.filter((c) => c.state !== "created");
    const waiting = previousStatus(pod, container)?.state?.waiting;
    if (previous) {
      const ended = started.filter((c) => c.state === "exited");
      const found = ended[waiting || started[0]?.state === "running" ? 0 : 1];
      if (!found) throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
      return found;
    }
    if (started[0]) return started[0];
    throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${whyWaiting(waiting?.reason)}`);
  }

  /** The running container. */
  running(address: ContainerAddress): EngineContainer {
    const { attempts } = this.#find(address);
    const found = attempts.find((c) => c.state === "running");
    if (!found) throw badRequest(`container not found ("${address.container}")`);
    return found;
  }

  /** The network of a pod that runs. */
  network({ namespace, pod: name }: PodAddress): PodNetwork {
    const pod = this.#podByName(name, namespace);
    if (!pod) throw notFound({ group: "", resource: "pods" }, name);
    if (pod.spec?.hostNetwork) return { sandbox: `${name}_${namespace}`, pid: "host" };
    const sandbox = this.#inventory.pod(pod.metadata.uid).sandboxes.find((s) => s.running && s.pid > 0);
    if (!sandbox) throw badRequest(`pod ${name}_${namespace} is not running: it has no sandbox`);
    return { sandbox: sandbox.id, pid: sandbox.pid };
  }

  /** The address of a pod that has one. */
  address({ namespace, pod: name }: PodAddress): string {
    const pod = this.#podByName(name, namespace);
    if (!pod) throw notFound({ group: "", resource: "pods" }, name);
    if (pod.status?.podIP) return pod.status.podIP;
    throw badRequest(`pod ${name}_${namespace} has no address yet`);
  }

  #find({ namespace, pod: name, container }: ContainerAddress): { pod: Pod; attempts: readonly EngineContainer[] } {
    const pod = this.#podByName(name, namespace);
    if (!pod) throw notFound({ group: "", resource: "pods" }, name);
    const known = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].some((c) => c.name === container);
    if (!known) throw badRequest(`container ${container} is not valid for pod ${name}`);
    return { pod, attempts: attemptsByName(this.#inventory.pod(pod.metadata.uid).containers).get(container) ?? [] };
  }
}

function whyWaiting(reason = "ContainerCreating"): string {
  if (reason === "ErrImagePull") return "image can't be pulled";
  return reason === "ImagePullBackOff" ? "trying and failing to pull image" : reason;
}
