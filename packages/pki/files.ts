import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes a folder that only its owner may enter. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await restrict(path, 0o700);
}

/** Replaces a file in one step, readable by its owner only: after a crash there is the old content or the new one. On disk when it resolves. */
export async function writePrivate(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** The content of a file, undefined when it is not there. Takes away what others may do with it. */
export async function readPrivate(path: string): Promise<string | undefined> {
  try {
    const content = await readFile(path, "utf8");
    await restrict(path, 0o600);
    return content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function restrict(path: string, mode: number): Promise<void> {
  const { mode: found } = await stat(path);
  if ((found & 0o077) !== 0) await chmod(path, mode);
}

/** A rename is durable only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
