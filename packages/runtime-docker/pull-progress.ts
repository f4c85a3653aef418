import type { PullProgress } from "@wherry/runtime";

/** One line of what the engine tells during a pull. */
export interface PullLine {
  status?: string;
  id?: string;
  progressDetail?: { current?: number; total?: number };
  error?: string;
}

interface Layer {
  bytes: number;
  total: number;
  done: boolean;
}

const DONE = new Set(["Pull complete", "Already exists"]);
const FETCHED = new Set(["Download complete", "Verifying Checksum", "Extracting", ...DONE]);

/** Adds up the lines of a pull. */
export class PullMeter {
  readonly #layers = new Map<string, Layer>();

  /** True when the line changed what `progress` tells. */
  take(line: PullLine): boolean {
    if (!line.id || !line.status || line.status.startsWith("Pulling from")) return false;
    const layer = this.#layers.get(line.id) ?? { bytes: 0, total: 0, done: false };
    this.#layers.set(line.id, layer);
    if (line.status === "Downloading") {
      layer.bytes = line.progressDetail?.current ?? layer.bytes;
      layer.total = line.progressDetail?.total ?? layer.total;
    }
    if (FETCHED.has(line.status)) layer.bytes = layer.total;
    if (DONE.has(line.status)) layer.done = true;
    return true;
  }

  get progress(): PullProgress {
    const layers = [...this.#layers.values()];
    return {
      layersDone: layers.filter((l) => l.done).length,
      layersTotal: layers.length,
      bytes: layers.reduce((sum, l) => sum + l.bytes, 0),
      totalBytes: layers.reduce((sum, l) => sum + l.total, 0),
    };
  }
}
