import { chmod, mkdir } from "node:fs/promises";
import { Quantity } from "@wherry/machinery";
import { applyFsGroup } from "../fs-group.ts";
import type { VolumePlugin } from "../volume.ts";

/** A directory that lives as long as its pod; with medium `Memory`, a tmpfs of at most `sizeLimit`. */
export const emptyDir: VolumePlugin = {
  handles: (volume) => volume.emptyDir !== undefined,
  async setUp(volume, { pod, dir, mounter }) {
    const made = await mkdir(dir, { recursive: true });
    const { medium, sizeLimit } = volume.emptyDir!;
    const inMemory = medium === "Memory";
    const mounted = inMemory && (await mounter.mountsUnder(dir)).includes(dir);
    if (inMemory && !mounted) await mounter.tmpfs(dir, sizeLimit ? Quantity.parse(String(sizeLimit)).value() : undefined);
    if (made !== undefined || (inMemory && !mounted)) {
      await chmod(dir, 0o777);
      await applyFsGroup(pod, dir);
    }
    return { path: dir, readOnly: false };
  },
};
