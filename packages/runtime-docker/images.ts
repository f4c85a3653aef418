import { type Image, ImageError, type PullProgress, type RegistryAuth } from "@wherry/runtime";
import { bytesOf, jsonLines } from "./engine/body.ts";
import type { EngineClient } from "./engine/client.ts";
import { EngineError, hasStatus } from "./engine/engine-error.ts";
import { formatImageName, isImageId, parseImageName } from "./image-name.ts";
import { type PullLine, PullMeter } from "./pull-progress.ts";

/** What a caller of `pull` may give. */
export interface PullOptions {
  auth?: RegistryAuth;
  onProgress?: (progress: PullProgress) => void;
  signal?: AbortSignal;
}

/** One transfer and all who wait for it. */
interface Transfer {
  done: Promise<void>;
  listeners: Set<(progress: PullProgress) => void>;
  waiting: number;
  abort: AbortController;
}

/** The engine's images, under the names that Kubernetes uses. */
export class Images {
  readonly #engine: EngineClient;
  readonly #transfers = new Map<string, Transfer>();

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  async status(reference: string): Promise<Image | undefined> {
    const name = isImageId(reference) ? undefined : formatImageName(parseImageName(reference));
    try {
      const info = await this.#engine.call((docker) => docker.getImage(encodeURIComponent(name ?? reference)).inspect());
      return imageOf(info.Id, info.RepoTags, info.RepoDigests, info.Size, info.Config?.User);
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async list(): Promise<Image[]> {
    const infos = await this.#engine.call((docker) => docker.listImages());
    return infos.map((info) => imageOf(info.Id, info.RepoTags, info.RepoDigests, info.Size, ""));
  }

  /** Those who ask for the same name with the same credentials share one transfer; it ends early when none of them waits any more. */
  async pull(reference: string, options: PullOptions): Promise<Image> {
    const name = formatImageName(parseImageName(reference));
    const transfer = this.#join(name, options.auth);
    const { onProgress, signal } = options;
    if (onProgress) transfer.listeners.add(onProgress);
    transfer.waiting++;
    try {
      await (signal ? unless(signal, transfer.done) : transfer.done);
    } finally {
      if (onProgress) transfer.listeners.delete(onProgress);
      if (--transfer.waiting === 0) transfer.abort.abort(new Error("nobody waits for this pull"));
    }
    const image = await this.status(name);
    if (!image) throw new ImageError("ErrImagePull", `the engine pulled ${name}, but does not have it`);
    return image;
  }

  #join(name: string, auth: RegistryAuth | undefined): Transfer {
    const key = JSON.stringify([name, auth]);
    const running = this.#transfers.get(key);
    if (running && !running.abort.signal.aborted) return running;
    const abort = new AbortController();
    const listeners: Transfer["listeners"] = new Set();
    const done = this.#transfer(name, auth, listeners, abort.signal).finally(() => {
      if (this.#transfers.get(key) === transfer) this.#transfers.delete(key);
    });
    done.catch(() => {});
    const transfer: Transfer = { done, listeners, waiting: 0, abort };
    this.#transfers.set(key, transfer);
    return transfer;
  }

  async #transfer(name: string, auth: RegistryAuth | undefined, listeners: Transfer["listeners"], signal: AbortSignal): Promise<void> {
    const { repository, tag, digest } = parseImageName(name);
    const image = { fromImage: repository, tag: digest ?? tag, abortSignal: signal };
    const stream = await this.#engine
      .call((docker) => docker.createImage(auth && authConfig(auth), image), { blocking: true, signal })
      .catch((error) => {
        throw error instanceof EngineError ? new ImageError("ErrImagePull", error.message) : error;
      });
    const meter = new PullMeter();
    for await (const line of jsonLines<PullLine>(bytesOf(stream))) {
      if (line.error) throw new ImageError("ErrImagePull", line.error);
      if (meter.take(line)) for (const listener of listeners) listener(meter.progress);
    }
  }
}

function imageOf(
  id: string,
  tags: readonly string[] | null | undefined,
  digests: readonly string[] | null | undefined,
  sizeBytes: number,
  user: string | undefined,
): Image {
  return { id, tags: qualifiedNames(tags), digests: qualifiedNames(digests), sizeBytes, user: user ?? "" };
}

/** Docker writes `<none>` for what an image lacks. */
function qualifiedNames(names: readonly string[] | null | undefined): string[] {
  return (names ?? []).filter((name) => !name.includes("<none>")).map((name) => formatImageName(parseImageName(name)));
}

function authConfig({ username, password, identityToken, serverAddress }: RegistryAuth): object {
  return { username, password, identitytoken: identityToken, serveraddress: serverAddress };
}

function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
