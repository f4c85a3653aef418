import { createHash } from "node:crypto";
import { binaries } from "./elf/binaries.ts";
import type { EngineClient } from "./engine/client.ts";
import { hasStatus } from "./engine/engine-error.ts";
import { importImage } from "./engine/import.ts";
import { tarOf } from "./tar.ts";

const REPOSITORY = "wherry/pause";

/** Processors that there are programs for, in Go's names. */
export type Architecture = keyof typeof binaries;

/** The image that sandboxes run, made on the spot from a few hundred bytes: nothing is ever pulled for it. */
export class PauseImage {
  readonly #engine: EngineClient;
  readonly #program: Buffer;
  #ready: Promise<void> | undefined;

  constructor(engine: EngineClient, architecture: Architecture) {
    this.#engine = engine;
    this.#program = Buffer.from(binaries[architecture].pause, "base64");
  }

  /** Its name; the tag says which program is inside, so that versions never mix. */
  get name(): string {
    return `${REPOSITORY}:${this.#tag}`;
  }

  /** Makes it unless the engine has it. */
  ensure(): Promise<void> {
    this.#ready ??= this.#make().catch((error) => {
      this.forget();
      throw error;
    });
    return this.#ready;
  }

  /** The engine may have lost it: look again at the next `ensure`. */
  forget(): void {
    this.#ready = undefined;
  }

  /** Removes it, unless a container of anybody's still uses it. */
  async remove(): Promise<void> {
    this.forget();
    try {
      await this.#engine.call((docker) => docker.getImage(this.name).remove());
    } catch (error) {
      if (!hasStatus(error, 404, 409)) throw error;
    }
  }

  async #make(): Promise<void> {
    try {
      await this.#engine.call((docker) => docker.getImage(this.name).inspect());
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      await importImage(this.#engine, tarOf("pause", this.#program), {
        repo: REPOSITORY,
        tag: this.#tag,
        changes: 'ENTRYPOINT ["/pause"]',
      });
    }
  }

  get #tag(): string {
    return createHash("sha256").update(this.#program).digest("hex").slice(0, 12);
  }
}
