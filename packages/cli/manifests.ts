import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { MANIFEST_YAML } from "@wherry/client/manifest-yaml.ts";
import type { ApiObject, NewObject } from "@wherry/machinery";
import type { Document, DocumentOptions, ParseOptions } from "yaml";
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
  const [{ parseAllDocuments }, words] = await Promise.all([import("yaml"), import("@wherry/client/yaml-words.ts")]);
  const wrong = (why: string) => new UsageError(`error parsing ${source}: error converting YAML to JSON: ${why}`);
  return documentsOf(content).flatMap((text) => {
    const characters = words.yamlCharacterError(text);
    if (characters !== undefined) throw wrong(characters);
    const documents = parseAllDocuments(text, { ...yaml, uniqueKeys: true, prettyErrors: false });
    return (Array.isArray(documents) ? documents : []).flatMap((document) => {
      const [error] = document.errors;
      const why = error ? words.yamlSyntaxError(error, text) : words.yamlReferenceError(document);
      if (why !== undefined) throw wrong(why);
      const value = plainValue(document, (error) => wrong(words.yamlValueError(error)));
      return value === null || value === undefined ? [] : unpack(source, value);
    });
  });
}

function plainValue(document: Document, wrong: (error: Error) => Error): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    throw wrong(error as Error);
  }
}

/** Each document by itself: errors tell the line within it. Source: apimachinery `yaml.YAMLReader`. */
function documentsOf(content: string): string[] {
  const documents: string[] = [""];
  for (const line of content.split(/(?<=\n)/)) {
    if (/^---\s*$/.test(line) && documents.at(-1) !== "") documents.push("");
    else documents[documents.length - 1] += line;
  }
  return documents;
}

const NO_OBJECT = "invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false";

function unpack(source: string, value: unknown): ManifestObject[] {
  const object = value as Partial<ManifestObject["object"]> & { items?: unknown[] };
  if (typeof value !== "object" || Array.isArray(value))
    throw new UsageError(`error validating ${JSON.stringify(source)}: error validating data: ${NO_OBJECT}`);
  for (const field of ["apiVersion", "kind"] as const) {
    if (typeof object[field] !== "string" || !object[field])
      throw new UsageError(`error validating "${source}": error validating data: ${field} not set`);
  }
  if (Array.isArray(object.items) && object.kind?.endsWith("List")) return object.items.flatMap((item) => unpack(source, item));
  return [{ source, object: { ...object, metadata: object.metadata ?? {} } as ManifestObject["object"] }];
}
