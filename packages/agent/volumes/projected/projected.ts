import { mkdir } from "node:fs/promises";
import type { ServiceAccountTokenProjection, Volume, VolumeProjection } from "@wherry/api";
import { writeAtomically } from "../atomic-writer.ts";
import { configMapFiles } from "../config-map/config-map.ts";
import { downwardFiles } from "../downward-api/downward-api.ts";
import { fsGroupOf } from "../fs-group.ts";
import type { Payload } from "../payload.ts";
import { secretFiles } from "../secret/secret.ts";
import type { VolumeContext, VolumePlugin } from "../volume.ts";

/** What one source shows; `refreshAt` where that changes by itself. */
interface Projection {
  files: Payload;
  refreshAt?: number;
}

/** Several sources in one directory; in memory when one of them is secret. A later source wins over an earlier one's path. */
export const projected: VolumePlugin = {
  handles: (volume) => volume.projected !== undefined,
  async setUp(volume, context) {
    const { defaultMode = 0o644, sources = [] } = volume.projected!;
    const projections = await Promise.all(sources.map((source) => project(source, defaultMode, context)));
    const files = new Map(projections.flatMap((projection) => [...projection.files]));
    const dir = isSecret(volume) ? context.memoryDir : context.dir;
    await mkdir(dir, { recursive: true });
    writeAtomically(dir, files, fsGroupOf(context.pod));
    const times = projections.flatMap(({ refreshAt }) => refreshAt ?? []);
    return { path: dir, readOnly: true, ...(times.length && { refreshAt: Math.min(...times) }) };
  },
};

const isSecret = (volume: Volume): boolean => volume.projected!.sources?.some((s) => s.secret ?? s.serviceAccountToken) ?? false;

async function project(source: VolumeProjection, defaultMode: number, context: VolumeContext): Promise<Projection> {
  if (source.configMap) return { files: configMapFiles(source.configMap, defaultMode, context) };
  if (source.secret) return { files: secretFiles(source.secret, defaultMode, context) };
  if (source.downwardAPI) return { files: downwardFiles(source.downwardAPI.items, defaultMode, context) };
  if (source.serviceAccountToken) return projectToken(source.serviceAccountToken, defaultMode, context);
  const what = Object.keys(source)[0];
  throw new Error(`projected source "${what}" is not supported by this node: use configMap, secret, downwardAPI or serviceAccountToken`);
}

async function projectToken(source: ServiceAccountTokenProjection, defaultMode: number, context: VolumeContext): Promise<Projection> {
  const { token, refreshAt } = await context.token(source);
  // Source: kubelet: with an fsGroup the token is its group's, and nobody else's.
  const mode = fsGroupOf(context.pod) ? 0o600 : defaultMode;
  return { files: new Map([[source.path, { data: Buffer.from(token), mode }]]), refreshAt };
}
