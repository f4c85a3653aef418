import { chmod, mkdir, rm } from "node:fs/promises";
import type { Logger } from "@wherry/base";
import { memoryDirectory, podsDirectory, volumesDirectory } from "./files/pod-paths.ts";
import type { Mounter } from "./volumes/mounter.ts";

/** Makes the agent's directories, and the memory file system that secrets live in. Without the right to mount, secrets are on the disk, and it says so. */
export async function prepareDataDirectory(dataDir: string, mounter: Mounter, log: Logger): Promise<void> {
  await mkdir(podsDirectory(dataDir), { recursive: true, mode: 0o750 });
  await mkdir(volumesDirectory(dataDir), { recursive: true, mode: 0o750 });
  const memory = memoryDirectory(dataDir);
  await mkdir(memory, { recursive: true });
  if ((await mounter.mountsUnder(memory)).includes(memory)) return;
  await mounter
    .tmpfs(memory)
    .catch((error: Error) => log.warn("secrets are kept on the disk: no memory file system can be mounted", { memory, error }));
  await chmod(memory, 0o755);
}

/** Unmounts and removes everything an agent kept in its directory. Only when no agent runs on it and all of its containers are gone. */
export async function purgeDataDirectory(dataDir: string, mounter: Mounter): Promise<void> {
  for (const at of await mounter.mountsUnder(dataDir)) await mounter.unmount(at);
  const left = await mounter.mountsUnder(dataDir);
  if (left.length) throw new Error(`cannot unmount ${left.join(", ")}: see what still uses it`);
  await rm(dataDir, { recursive: true, force: true });
}
