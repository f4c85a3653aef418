import { Deployment, Pod } from "@wherry/api";
import type { Client } from "@wherry/client";
import { COMMAND, IMAGE } from "../peers/docker.ts";

const NAMESPACE = "default";

const SPEC = {
  terminationGracePeriodSeconds: 0,
  containers: [{ name: "app", image: IMAGE, command: [...COMMAND] }],
};

/** A pod of one container; it ends without grace. */
export const podOf = (name: string) => ({ metadata: { name, namespace: NAMESPACE }, spec: SPEC });

/** A Deployment of such pods, labelled `app: NAME`. */
export const deploymentOf = (name: string, replicas: number) => ({
  metadata: { name, namespace: NAMESPACE },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: SPEC },
  },
});

/** Follows all pods over one watch, and remembers the newest version of each. */
export class PodWatch {
  readonly #pods = new Map<string, Pod>();
  readonly #abort = new AbortController();
  #waiting: { check: (pods: ReadonlyMap<string, Pod>) => boolean; resolve: () => void } | undefined;

  /** Starts to follow; resolves when every later change is seen. */
  static async start(client: Client): Promise<PodWatch> {
    const watch = new PodWatch();
    const list = await client.list(Pod, { namespace: NAMESPACE });
    for (const pod of list.items) watch.#pods.set(pod.metadata.name, pod);
    void watch.#follow(client, list.metadata.resourceVersion ?? "");
    return watch;
  }

  /** All pods by name. */
  get all(): ReadonlyMap<string, Pod> {
    return this.#pods;
  }

  /** Resolves when the check holds: at once, or with the change that makes it hold. One at a time. */
  until(check: (pods: ReadonlyMap<string, Pod>) => boolean): Promise<void> {
    if (check(this.#pods)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { check, resolve };
    });
  }

  stop(): void {
    this.#abort.abort();
  }

  async #follow(client: Client, resourceVersion: string): Promise<void> {
    for await (const event of client.watch(Pod, { namespace: NAMESPACE, resourceVersion }, this.#abort.signal)) {
      if (event.type === "BOOKMARK") continue;
      const { name } = event.object.metadata;
      if (event.type === "DELETED") this.#pods.delete(name);
      else this.#pods.set(name, event.object);
      if (!this.#waiting?.check(this.#pods)) continue;
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
  }
}

/** Whether the pod's container runs, as the API tells it. */
export const runs = (pod: Pod | undefined): boolean =>
  pod?.status?.phase === "Running" && Boolean(pod.status.containerStatuses?.[0]?.state?.running);

/** Creates the Deployment and waits until all its pods run. */
export async function deploy(client: Client, pods: PodWatch, name: string, replicas: number): Promise<void> {
  await client.create(Deployment, deploymentOf(name, replicas));
  await pods.until((all) => podsOf(all, name).filter(runs).length === replicas);
}

/** Deletes the Deployment and waits until its pods are gone. */
export async function undeploy(client: Client, pods: PodWatch, name: string): Promise<void> {
  await client.delete(Deployment, { name, namespace: NAMESPACE });
  await pods.until((all) => podsOf(all, name).length === 0);
}

/** The pods of a Deployment. */
export const podsOf = (pods: ReadonlyMap<string, Pod>, name: string): Pod[] =>
  [...pods.values()].filter((pod) => pod.metadata.labels?.app === name);
