import { type Image, ImageError, type PullProgress, type RegistryAuth } from "@wherry/runtime";
import type { ImageInfo, ImageInspectInfo } from "dockerode";
import { jsonLines } from "./engine/body.ts";
import { type EngineClient, EngineError, hasStatus } from "./engine/client.ts";
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
      const path = `/images/${encodeURIComponent(name ?? reference)}/json`;
      const info = await this.#engine.json<ImageInspectInfo>({ method: "GET", path });
      return imageOf(info.Id, info.RepoTags, info.RepoDigests, info.Size, info.Config?.User);
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async list(): Promise<Image[]> {
    const infos = await this.#engine.json<ImageInfo[]>({ method: "GET", path: "/images/json" });
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
    const headers = auth && { "X-Registry-Auth": encodeAuth(auth) };
    const query = { fromImage: repository, tag: digest ?? tag };
    const stream = await this.#engine
      .stream({ method: "POST", path: "/images/create", query, signal, ...(headers && { headers }) })
      .catch((error) => {
        throw error instanceof EngineError ? new ImageError("ErrImagePull", error.message) : error;
      });
    const meter = new PullMeter();
    for await (const line of jsonLines<PullLine>(stream)) {
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

/** Base64 with the alphabet for URLs. Source: Docker Engine API, section Authentication. */
function encodeAuth(auth: RegistryAuth): string {
  const { username, password, identityToken, serverAddress } = auth;
  const config = { username, password, identitytoken: identityToken, serveraddress: serverAddress };
  return Buffer.from(JSON.stringify(config)).toString("base64url");
}

function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
