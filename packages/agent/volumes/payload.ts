import type { KeyToPath } from "@wherry/api";

/** One file of a volume that is made from objects. */
export interface PayloadFile {
  data: Buffer;
  /** Permission bits. */
  mode: number;
}

/** Files by their path relative to the volume. */
export type Payload = ReadonlyMap<string, PayloadFile>;

/** Chooses and places keys: all of them at the top, or those of `items` where they say. Throws on a key that there is not, unless optional. */
export function projectKeys(
  data: ReadonlyMap<string, Buffer>,
  items: readonly KeyToPath[] | undefined,
  options: { defaultMode: number; optional: boolean; kind: "config" | "secret" },
): Map<string, PayloadFile> {
  const files = new Map<string, PayloadFile>();
  if (!items?.length) {
    for (const [key, content] of data) files.set(key, { data: content, mode: options.defaultMode });
    return files;
  }
  for (const { key, path, mode } of items) {
    const content = data.get(key);
    if (content) files.set(path, { data: content, mode: mode ?? options.defaultMode });
    else if (!options.optional) throw new Error(`references non-existent ${options.kind} key: ${key}`);
  }
  return files;
}
