import { mkdir } from "node:fs/promises";
import type { Secret, SecretProjection } from "@wherry/api";
import { writeAtomically } from "../atomic-writer.ts";
import { fsGroupOf } from "../fs-group.ts";
import { type PayloadFile, projectKeys } from "../payload.ts";
import type { VolumeContext, VolumePlugin } from "../volume.ts";

/** A Secret's keys as files, in memory only. */
export const secret: VolumePlugin = {
  handles: (volume) => volume.secret !== undefined,
  async setUp(volume, context) {
    const { defaultMode = 0o644, secretName, items, optional } = volume.secret!;
    const payload = secretFiles({ name: secretName, items, optional }, defaultMode, context);
    await mkdir(context.memoryDir, { recursive: true });
    writeAtomically(context.memoryDir, payload, fsGroupOf(context.pod));
    return { path: context.memoryDir, readOnly: true };
  },
};

/** The files of one Secret source. Throws when it does not exist and is not optional. */
export function secretFiles(source: SecretProjection, defaultMode: number, context: VolumeContext): Map<string, PayloadFile> {
  const object = context.secret(source.name ?? "");
  const optional = source.optional ?? false;
  if (!object && !optional) throw new Error(`secret "${source.name}" not found`);
  return projectKeys(contentOf(object), source.items, { defaultMode, optional, kind: "secret" });
}

const contentOf = (object: Secret | undefined): Map<string, Buffer> =>
  new Map(Object.entries(object?.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, "base64")]));
