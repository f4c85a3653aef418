import type { Container, Pod, Secret } from "@wherry/api";
import { Backoff, type Clock, type Logger, limiter } from "@wherry/base";
import type { Client } from "@wherry/client";
import type { EventRecorder } from "@wherry/engine";
import { type ContainerRuntime, type Image, ImageError } from "@wherry/runtime";
import { StartFailure } from "../containers/start-failure.ts";
import { formatElapsed } from "./elapsed.ts";
import { PullReport } from "./pull-report.ts";
import { normalizeReference } from "./reference.ts";
import { registryAuth } from "./registry-auth.ts";

export interface ImageStoreOptions {
  runtime: ContainerRuntime;
  client: Client;
  clock: Clock;
  log: Logger;
  events: EventRecorder;
  nodeName: string;
}

/** What an image is wanted for. */
export interface ImageRequest {
  pod: Pod;
  container: Container;
  /** `spec.containers{name}`: for events. */
  fieldPath: string;
  pullSecrets: readonly Secret[];
  signal: AbortSignal;
}

const PARALLEL_PULLS = 3;
const BACKOFF = { initial: 10_000, max: 300_000 };
/** A wrong name does not get better by itself, but the pod may be changed. */
const INVALID_RETRY_MS = 60_000;
const NEVER_RETRY_MS = 10_000;

/** Gets images by each container's pull policy, and tells of it in the kubelet's words. Source: pkg/kubelet/images. */
export class ImageStore {
  readonly #options: ImageStoreOptions;
  readonly #slots = limiter(PARALLEL_PULLS);
  readonly #backoffs = new Map<string, Backoff>();

  constructor(options: ImageStoreOptions) {
    this.#options = options;
  }

  /** What the engine has under the container's image name now; never pulls, never rejects. */
  peek(container: Container): Promise<Image | undefined> {
    const reference = normalizeReference(container.image ?? "");
    return reference ? this.#options.runtime.imageStatus(reference).catch(() => undefined) : Promise.resolve(undefined);
  }

  /** The image, pulled if the policy says so. Rejects with a StartFailure. `present` is what `peek` gave. */
  async ensure(request: ImageRequest, present: Image | undefined): Promise<Image> {
    const { image = "", imagePullPolicy: policy } = request.container;
    const reference = normalizeReference(image);
    if (!reference) throw this.#invalidName(request, image);
    if (present && policy !== "Always") {
      this.#event(request, "Normal", "Pulled", `Container image "${image}" already present on machine`);
      return present;
    }
    if (policy === "Never") throw this.#notPresent(request, image);
    return this.#pull(request, reference);
  }

  /** Forgets a pod's back-offs. */
  forget(podUid: string): void {
    for (const key of this.#backoffs.keys()) if (key.startsWith(`${podUid}/`)) this.#backoffs.delete(key);
  }

  async #pull(request: ImageRequest, reference: string): Promise<Image> {
    const { clock } = this.#options;
    const asked = clock.now();
    this.#event(request, "Normal", "Pulling", `Pulling image "${request.container.image}"`);
    const key = `${request.pod.metadata.uid}/${request.container.image}`;
    try {
      return await this.#slots(async () => {
        const began = clock.now();
        const image = await this.#transfer(request, reference);
        this.#pulled(request, image, clock.now() - began, clock.now() - asked);
        this.#backoffs.delete(key);
        return image;
      });
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw this.#failed(request, key, error as Error);
    }
  }

  async #transfer(request: ImageRequest, reference: string): Promise<Image> {
    const report = new PullReport(request.pod, request.fieldPath, request.container.image ?? reference, this.#options);
    const auth = registryAuth(reference, request.pullSecrets);
    try {
      return await this.#options.runtime.pullImage(reference, {
        ...(auth && { auth }),
        onProgress: (p) => report.progress(p),
        signal: request.signal,
      });
    } finally {
      report.stop();
    }
  }

  #pulled(request: ImageRequest, image: Image, pullMs: number, totalMs: number): void {
    const took = `${formatElapsed(pullMs)} (${formatElapsed(totalMs)} including waiting)`;
    const message = `Successfully pulled image "${request.container.image}" in ${took}. Image size: ${image.sizeBytes} bytes.`;
    this.#event(request, "Normal", "Pulled", message);
  }

  #failed(request: ImageRequest, key: string, error: Error): StartFailure {
    const { image } = request.container;
    const reason = error instanceof ImageError ? error.reason : "ErrImagePull";
    this.#event(request, "Warning", "Failed", `Failed to pull image "${image}": ${error.message}`);
    this.#event(request, "Warning", "Failed", `Error: ${reason}`);
    const backoff = this.#backoffs.get(key) ?? new Backoff(BACKOFF);
    this.#backoffs.set(key, backoff);
    return new StartFailure(reason, error.message, backoff.next(), {
      reason: "ImagePullBackOff",
      message: `Back-off pulling image "${image}"`,
    });
  }

  #invalidName(request: ImageRequest, image: string): StartFailure {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
    this.#event(request, "Warning", "InspectFailed", message);
    this.#event(request, "Warning", "Failed", "Error: InvalidImageName");
    return new StartFailure("InvalidImageName", message, INVALID_RETRY_MS);
  }

  #notPresent(request: ImageRequest, image: string): StartFailure {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    this.#event(request, "Warning", "ErrImageNeverPull", message);
    this.#event(request, "Warning", "Failed", "Error: ErrImageNeverPull");
    return new StartFailure("ErrImageNeverPull", message, NEVER_RETRY_MS);
  }

  #event({ pod, fieldPath }: ImageRequest, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#options.events.event(pod, type, reason, message, fieldPath);
  }
}
