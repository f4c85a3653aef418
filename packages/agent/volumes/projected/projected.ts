import { mkdir } from "node:fs/promises";
import type { Volume, VolumeProjection } from "@wherry/api";
import { writeAtomically } from "../atomic-writer.ts";
import { configMapFiles } from "../config-map/config-map.ts";
import { downwardFiles } from "../downward-api/downward-api.ts";
import { fsGroupOf } from "../fs-group.ts";
import type { PayloadFile } from "../payload.ts";
import { secretFiles } from "../secret/secret.ts";
import type { VolumeContext, VolumePlugin } from "../volume.ts";

/** Several sources in one directory; in memory when one of them is a Secret. A later source wins over an earlier one's path. */
export const projected: VolumePlugin = {
  handles: (volume) => volume.projected !== undefined,
  async setUp(volume, context) {
    const { defaultMode = 0o644, sources = [] } = volume.projected!;
    const files = new Map<string, PayloadFile>();
    for (const source of sources) for (const [path, file] of filesOf(source, defaultMode, context)) files.set(path, file);
    const dir = hasSecret(volume) ? context.memoryDir : context.dir;
    await mkdir(dir, { recursive: true });
    writeAtomically(dir, files, fsGroupOf(context.pod));
    return { path: dir, readOnly: true };
  },
};

const hasSecret = (volume: Volume): boolean => volume.projected!.sources?.some((source) => source.secret !== undefined) ?? false;

function filesOf(source: VolumeProjection, defaultMode: number, context: VolumeContext): Map<string, PayloadFile> {
  if (source.configMap) return configMapFiles(source.configMap, defaultMode, context);
  if (source.secret) return secretFiles(source.secret, defaultMode, context);
  if (source.downwardAPI) return downwardFiles(source.downwardAPI.items, defaultMode, context);
  const what = source.serviceAccountToken ? "serviceAccountToken" : Object.keys(source)[0];
  throw new Error(`projected source "${what}" is not supported by this node: use configMap, secret or downwardAPI`);
}
