import type { ImageInspectInfo } from "dockerode";
import type { EngineClient } from "./engine/client.ts";
import { hasStatus } from "./engine/engine-error.ts";

/** What an image says about the containers that are made from it. */
export interface ImageConfig {
  entrypoint: string[];
  command: string[];
  /** `NAME=value` */
  env: string[];
  user: string;
  /** The name with a digest, or with a tag, or else the id: what a container's status tells about its image. */
  reference: string;
}

/** How many images are remembered; one is a few hundred bytes. */
const REMEMBERED = 500;

/** Reads image configurations by id and keeps them: what an id means never changes. */
export class ImageConfigs {
  readonly #engine: EngineClient;
  readonly #known = new Map<string, ImageConfig>();

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  /** Undefined when the engine has no such image. */
  async get(id: string): Promise<ImageConfig | undefined> {
    const known = this.#known.get(id);
    if (known) return known;
    try {
      const config = imageConfig(await this.#engine.call((docker) => docker.getImage(encodeURIComponent(id)).inspect()));
      if (this.#known.size >= REMEMBERED) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(id, config);
      return config;
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }
}

function imageConfig(info: ImageInspectInfo): ImageConfig {
  const { Config: config } = info;
  return {
    entrypoint: words(config?.Entrypoint),
    command: words(config?.Cmd),
    env: config?.Env ?? [],
    user: config?.User ?? "",
    reference: info.RepoDigests?.[0] ?? info.Id,
  };
}

function words(value: string | string[] | undefined | null): string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}
