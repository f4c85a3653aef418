import { mkdir } from "node:fs/promises";
import type { DownwardAPIVolumeFile } from "@wherry/api";
import { podField } from "../../env/pod-field.ts";
import { resourceField } from "../../env/resource-field.ts";
import { writeAtomically } from "../atomic-writer.ts";
import { fsGroupOf } from "../fs-group.ts";
import type { PayloadFile } from "../payload.ts";
import type { VolumeContext, VolumePlugin } from "../volume.ts";

/** The pod's own fields as files. */
export const downwardAPI: VolumePlugin = {
  handles: (volume) => volume.downwardAPI !== undefined,
  async setUp(volume, context) {
    const { defaultMode = 0o644, items } = volume.downwardAPI!;
    await mkdir(context.dir, { recursive: true });
    writeAtomically(context.dir, downwardFiles(items, defaultMode, context), fsGroupOf(context.pod));
    return { path: context.dir, readOnly: true };
  },
};

/** The files of one downward API source. */
export function downwardFiles(
  items: readonly DownwardAPIVolumeFile[] | undefined,
  defaultMode: number,
  context: VolumeContext,
): Map<string, PayloadFile> {
  return new Map((items ?? []).map((item) => [item.path, { data: Buffer.from(contentOf(item, context)), mode: item.mode ?? defaultMode }]));
}

function contentOf({ fieldRef, resourceFieldRef }: DownwardAPIVolumeFile, { pod, place, allocatable }: VolumeContext): string {
  if (fieldRef) return podField(pod, fieldRef.fieldPath, place);
  return resourceFieldRef ? resourceField(pod, undefined, resourceFieldRef, allocatable) : "";
}
