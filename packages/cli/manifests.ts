import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { MANIFEST_YAML } from "@wherry/client/manifest-yaml.ts";
import type { ApiObject, NewObject } from "@wherry/machinery";
import { UsageError } from "./errors.ts";

/** An object of a manifest, with the place it was read from. */
export interface ManifestObject {
  source: string;
  object: NewObject<ApiObject> & { apiVersion: string; kind: string };
}

const EXTENSIONS = /\.(json|yaml|yml)$/;

/**
 * Every object of the named files, folders, URLs and standard input (`-`), in order; a List is taken apart. Throws a UsageError that names the source and what is
 * wrong with it.
 */
export async function readManifests(sources: readonly string[], recursive = false): Promise<ManifestObject[]> {
  if (!sources.length) throw new UsageError("must specify one of -f and -k");
  const objects: ManifestObject[] = [];
  for (const source of sources) {
    for (const [name, content] of await contents(source, recursive)) objects.push(...(await parseManifest(name, content)));
  }
  if (!objects.length) throw new UsageError("no objects passed to apply");
  return objects;
}

async function contents(source: string, recursive: boolean): Promise<[name: string, content: string][]> {
  if (source === "-") return [["STDIN", await text(process.stdin)]];
  if (/^https?:\/\//.test(source)) return [[source, await download(source)]];
  try {
    if (!statSync(source).isDirectory()) return [[source, readFileSync(source, "utf8")]];
    const files = readdirSync(source, { recursive, withFileTypes: true }).filter((e) => e.isFile() && EXTENSIONS.test(e.name));
    return files
      .map((e) => join(e.parentPath, e.name))
      .toSorted()
      .map((path) => [path, readFileSync(path, "utf8")]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new UsageError(`the path "${source}" does not exist`);
    throw new UsageError(`${source} cannot be read: ${(error as Error).message}`);
  }
}

async function download(url: string): Promise<string> {
  const response = await fetch(url).catch((error: Error) => {
    throw new UsageError(`unable to read URL "${url}": ${error.cause instanceof Error ? error.cause.message : error.message}`);
  });
  if (!response.ok)
    throw new UsageError(
      `unable to read URL "${url}", server reported ${response.status} ${response.statusText}, status code=${response.status}`,
    );
  return response.text();
}

/** Every object of a text in YAML or JSON; a List is taken apart. Throws a UsageError that names the source and what is wrong with it. */
export async function parseManifest(source: string, content: string): Promise<ManifestObject[]> {
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(content, { ...MANIFEST_YAML, uniqueKeys: true });
  return (Array.isArray(documents) ? documents : []).flatMap((document) => {
    const error = document.errors[0];
    if (error) throw new UsageError(`error parsing ${source}: ${error.message}`);
    const value: unknown = document.toJS({ maxAliasCount: 1000 });
    return value === null || value === undefined ? [] : unpack(source, value);
  });
}

function unpack(source: string, value: unknown): ManifestObject[] {
  const object = value as Partial<ManifestObject["object"]> & { items?: unknown[] };
  if (typeof value !== "object" || Array.isArray(value))
    throw new UsageError(`error parsing ${source}: a manifest is a mapping, not ${JSON.stringify(value)}`);
  for (const field of ["apiVersion", "kind"] as const) {
    if (typeof object[field] !== "string" || !object[field])
      throw new UsageError(`error validating "${source}": error validating data: ${field} not set`);
  }
  if (Array.isArray(object.items) && object.kind?.endsWith("List")) return object.items.flatMap((item) => unpack(source, item));
  return [{ source, object: { ...object, metadata: object.metadata ?? {} } as ManifestObject["object"] }];
}
