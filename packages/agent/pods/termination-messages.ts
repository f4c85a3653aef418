import { open } from "node:fs/promises";
import type { Container } from "@wherry/api";
import type { ContainerStreams, ContainerStatus as EngineContainer } from "@wherry/runtime";
import { annotation } from "../containers/annotations.ts";

/** Source: kubelet, and the API's documentation of terminationMessagePath. */
const MAX_MESSAGE_BYTES = 4096;
const MAX_LOG_BYTES = 2048;
const MAX_LOG_LINES = 80;

/** The last words of containers that have ended: what they wrote to their termination file, or else, if they ask for it, the end of their log. */
export class TerminationMessages {
  readonly #streams: ContainerStreams;
  readonly #read = new Map<string, string>();

  constructor(streams: ContainerStreams) {
    this.#streams = streams;
  }

  /** Reads those of containers that have ended since the last call, and forgets those that are not among `containers`. */
  async update(containers: readonly EngineContainer[], specOf: (name: string) => Container | undefined): Promise<void> {
    const ids = new Set(containers.map((c) => c.id));
    for (const id of this.#read.keys()) if (!ids.has(id)) this.#read.delete(id);
    const news = containers.filter((c) => c.state === "exited" && !this.#read.has(c.id));
    await Promise.all(news.map(async (c) => this.#read.set(c.id, await this.#lastWords(c, specOf(c.name)))));
  }

  get({ id }: EngineContainer): string | undefined {
    return this.#read.get(id) || undefined;
  }

  async #lastWords(ended: EngineContainer, spec: Container | undefined): Promise<string> {
    const path = ended.annotations[annotation.terminationLog];
    const written = path ? await head(path) : "";
    if (written || ended.exitCode === 0 || spec?.terminationMessagePolicy !== "FallbackToLogsOnError") return written;
    return this.#endOfLog(ended.id).catch(() => "");
  }

  async #endOfLog(id: string): Promise<string> {
    const parts: Buffer[] = [];
    for await (const part of this.#streams.logs(id, { tailLines: MAX_LOG_LINES }, new AbortController().signal)) parts.push(part);
    return Buffer.concat(parts).subarray(-MAX_LOG_BYTES).toString();
  }
}

async function head(path: string): Promise<string> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return "";
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_MESSAGE_BYTES), 0, MAX_MESSAGE_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
