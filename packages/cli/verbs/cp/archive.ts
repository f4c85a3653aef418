import { createReadStream, createWriteStream, type Dirent, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Pack, pack } from "tar-stream";
import { UsageError } from "../../errors.ts";

/** An archive of a file or a folder, in which it has another name. Read it to its end. */
export function packFiles(path: string, name: string): Readable {
  const archive = pack();
  void add(archive, path, name).then(
    () => archive.finalize(),
    (error: Error) => archive.destroy(error),
  );
  // The types are of another kind of stream, which is one of Node's all the same.
  return archive as unknown as Readable;
}

async function add(archive: Pack, path: string, name: string): Promise<void> {
  const stat = lstatSync(path);
  const header = { name, mode: stat.mode & 0o7777, mtime: stat.mtime };
  if (stat.isDirectory()) {
    archive.entry({ ...header, type: "directory" });
    const entries: Dirent[] = readdirSync(path, { withFileTypes: true });
    for (const entry of entries) await add(archive, join(path, entry.name), `${name}/${entry.name}`);
  } else if (stat.isSymbolicLink()) {
    archive.entry({ ...header, type: "symlink", linkname: readlinkSync(path) });
  } else {
    await pipeline(createReadStream(path), archive.entry({ ...header, size: statSync(path).size }) as never);
  }
}

/**
 * Unpacks an archive of `remote` as `name` in a folder. Links are left out, with a warning: they could lead anywhere. Throws a UsageError when the archive holds
 * anything that is not below `remote`.
 */
export async function unpackFiles(archive: Readable, remote: string, { folder, name }: { folder: string; name: string }): Promise<void> {
  const prefix = remote.replace(/^\/+/, "").replace(/\/+$/, "");
  const entries = extract();
  const fed: Promise<void> = pipeline(archive, entries as unknown as Writable);
  // When an entry is refused the stream ends early, and the refusal is what is told.
  fed.catch(() => undefined);
  for await (const entry of entries) {
    const { header } = entry;
    const inner = header.name.replace(/^\.?\/+/, "").replace(/\/+$/, "");
    if (inner !== prefix && !inner.startsWith(`${prefix}/`))
      throw new UsageError(`tar contents corrupted: ${header.name} is not below ${remote}`);
    const path = resolve(folder, name + inner.slice(prefix.length));
    if (relative(folder, path).startsWith("..")) throw new UsageError(`tar contents corrupted: ${header.name} leads out of ${folder}`);
    if (header.type === "directory") mkdirSync(path, { recursive: true });
    if (header.type === "symlink" || header.type === "link")
      process.stderr.write(`warning: skipping symlink: ${JSON.stringify(path)} -> ${JSON.stringify(header.linkname)}\n`);
    if (header.type !== "file") {
      entry.resume();
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    await pipeline(entry as unknown as Readable, createWriteStream(path, { mode: header.mode ?? 0o644 }));
  }
  await fed;
}
