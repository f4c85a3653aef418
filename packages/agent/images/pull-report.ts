import { Event, type Pod } from "@wherry/api";
import { type Clock, type Logger, rfc3339, type Timer } from "@wherry/base";
import type { Client } from "@wherry/client";
import type { PullProgress } from "@wherry/runtime";

const EVERY_MS = 2_000;

/** Shows how far a pull is in one Event of the pod, whose message moves on. A pull that is over at once gets none. */
export class PullReport {
  readonly #pod: Pod;
  readonly #fieldPath: string;
  readonly #image: string;
  readonly #options: { client: Client; clock: Clock; log: Logger; nodeName: string };
  readonly #name: string;
  #progress: PullProgress | undefined;
  #created = false;
  #count = 0;
  #timer: Timer | undefined;

  constructor(pod: Pod, fieldPath: string, image: string, options: { client: Client; clock: Clock; log: Logger; nodeName: string }) {
    this.#pod = pod;
    this.#fieldPath = fieldPath;
    this.#image = image;
    this.#options = options;
    this.#name = `${pod.metadata.name}.pull-${options.clock.now().toString(16)}`;
    this.#arm();
  }

  progress(progress: PullProgress): void {
    this.#progress = progress;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#options.clock.schedule(EVERY_MS, () => {
      this.#write()
        .catch((error: Error) => this.#options.log.debug("the progress of a pull cannot be shown", { image: this.#image, error }))
        .finally(() => this.#timer && this.#arm());
    });
  }

  async #write(): Promise<void> {
    if (!this.#progress) return;
    const { client, clock, nodeName } = this.#options;
    const { namespace = "default" } = this.#pod.metadata;
    const message = `Pulling image "${this.#image}": ${describe(this.#progress)}`;
    const now = rfc3339(clock.now());
    this.#count++;
    if (this.#created) {
      const body = { message, count: this.#count, lastTimestamp: now };
      await client.patch(Event, { namespace, name: this.#name }, { type: "merge", body });
      return;
    }
    await client.create(Event, {
      metadata: { namespace, name: this.#name },
      involvedObject: this.#involved(),
      reason: "Pulling",
      message,
      type: "Normal",
      count: this.#count,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component: "kubelet", host: nodeName },
    });
    this.#created = true;
  }

  #involved() {
    const { apiVersion, kind, metadata } = this.#pod;
    const { name, namespace, uid, resourceVersion } = metadata;
    return { apiVersion, kind, name, ...(namespace && { namespace }), uid, resourceVersion, fieldPath: this.#fieldPath };
  }
}

function describe({ layersDone, layersTotal, bytes, totalBytes }: PullProgress): string {
  return `${layersDone} of ${layersTotal} layers, ${mebibytes(bytes)} of ${mebibytes(totalBytes)}`;
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
