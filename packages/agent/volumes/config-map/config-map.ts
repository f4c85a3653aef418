import { mkdir } from "node:fs/promises";
import type { ConfigMap, ConfigMapProjection } from "@wherry/api";
import { writeAtomically } from "../atomic-writer.ts";
import { fsGroupOf } from "../fs-group.ts";
import { type PayloadFile, projectKeys } from "../payload.ts";
import type { VolumeContext, VolumePlugin } from "../volume.ts";

/** A ConfigMap's keys as files. */
export const configMap: VolumePlugin = {
  handles: (volume) => volume.configMap !== undefined,
  async setUp(volume, context) {
    const { defaultMode = 0o644, name, items, optional } = volume.configMap!;
    const payload = configMapFiles({ name, items, optional }, defaultMode, context);
    await mkdir(context.dir, { recursive: true });
    writeAtomically(context.dir, payload, fsGroupOf(context.pod));
    return { path: context.dir, readOnly: true };
  },
};

/** The files of one ConfigMap source. Throws when it does not exist and is not optional. */
export function configMapFiles(source: ConfigMapProjection, defaultMode: number, context: VolumeContext): Map<string, PayloadFile> {
  const object = context.configMap(source.name ?? "");
  const optional = source.optional ?? false;
  if (!object && !optional) throw new Error(`configmap "${source.name}" not found`);
  return projectKeys(contentOf(object), source.items, { defaultMode, optional, kind: "config" });
}

function contentOf(object: ConfigMap | undefined): Map<string, Buffer> {
  const content = new Map<string, Buffer>();
  for (const [key, text] of Object.entries(object?.data ?? {})) content.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(object?.binaryData ?? {})) content.set(key, Buffer.from(base64, "base64"));
  return content;
}
