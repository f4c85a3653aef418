import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { MANIFEST_YAML } from "@wherry/client/manifest-yaml.ts";
import type { ApiObject, NewObject } from "@wherry/machinery";
import type { DocumentOptions, ParseOptions } from "yaml";
import { UsageError } from "./errors.ts";

/** An object of a manifest, with the place it was read from. */
export interface ManifestObject {
  source: string;
  object: NewObject<ApiObject> & { apiVersion: string; kind: string };
}

const EXTENSIONS = /\.(json|yaml|yml)$/;

/** The flags that name manifests. */
export interface FileOptions {
  filename?: string[];
  recursive?: boolean;
  /** The folder of a kustomization. */
  kustomize?: string;
}

/** Whether the flags name any. */
export const namesManifests = ({ filename, kustomize }: FileOptions): boolean => Boolean(filename?.length) || kustomize !== undefined;

/**
 * Every object of the named files, folders, URLs and standard input (`-`), or of a kustomization, in order; a List is taken apart. Throws a UsageError that names the
 * source and what is wrong with it.
 */
export async function readManifests({ filename: sources = [], recursive = false, kustomize }: FileOptions): Promise<ManifestObject[]> {
  if (kustomize !== undefined && sources.length) throw new UsageError("only one of -f or -k can be specified");
  if (kustomize !== undefined && recursive) throw new UsageError("the -k flag can't be used with -f or -R");
  if (kustomize !== undefined) return ofKustomization(kustomize);
  if (!sources.length) throw new UsageError("must specify one of -f and -k");
  const objects: ManifestObject[] = [];
  for (const source of sources) {
    for (const [name, content] of await contents(source, recursive)) objects.push(...(await parseManifest(name, content)));
  }
  if (!objects.length) throw new UsageError("no objects passed to apply");
  return objects;
}

async function ofKustomization(folder: string): Promise<ManifestObject[]> {
  const { buildKustomization } = await import("./kustomize/build.ts");
  return (await buildKustomization(folder)).map((object) => ({ source: folder, object: object as unknown as ManifestObject["object"] }));
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
export async function parseManifest(
  source: string,
  content: string,
  yaml: ParseOptions & DocumentOptions = MANIFEST_YAML,
): Promise<ManifestObject[]> {
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(content, { ...yaml, uniqueKeys: true });
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
