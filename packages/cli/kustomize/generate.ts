import { basename } from "node:path";
import { UsageError } from "../errors.ts";
import type { Folder, Generator, GeneratorOptions, Kustomization } from "./kustomization.ts";
import { type Data, idOf, idText, type Resource, resourceOf, withId } from "./resource.ts";

/** Makes the ConfigMaps and Secrets of a kustomization, or merges them with those that are there. Source: kustomize's api/internal/generators. */
export function generate(all: Resource[], folder: Folder, { configMapGenerator, secretGenerator, generatorOptions }: Kustomization): void {
  for (const generator of configMapGenerator ?? []) absorb(all, configMap(folder, generator, generatorOptions), generator);
  for (const generator of secretGenerator ?? []) absorb(all, secret(folder, generator, generatorOptions), generator);
}

function absorb(all: Resource[], made: Resource, { behavior = "create" }: Generator): void {
  const id = idOf(made);
  const found = withId(all, id);
  if (behavior === "create" || behavior === "" || behavior === "unspecified") {
    if (found.length) throw new UsageError(`id ${idText(id)} exists; behavior must be merge or replace`);
    all.push(made);
    return;
  }
  if (behavior !== "merge" && behavior !== "replace")
    throw new UsageError(`behavior ${JSON.stringify(behavior)} must be create, merge or replace`);
  const [old, ...more] = found;
  if (!old) throw new UsageError(`id ${idText(id)} does not exist; cannot merge or replace`);
  if (more.length) throw new UsageError(`found multiple objects ${idText(id)} that could accept merge`);
  const { metadata } = made.object;
  const merged = (key: "labels" | "annotations") => ({ ...(old.object.metadata[key] as object), ...(metadata[key] as object) });
  for (const key of ["labels", "annotations"] as const) if (Object.keys(merged(key)).length) old.object.metadata[key] = merged(key);
  for (const key of ["data", "binaryData"]) {
    const [before, after] = [old.object[key] as object | undefined, made.object[key] as object | undefined];
    if (behavior === "replace") old.object[key] = after;
    else if (before || after) old.object[key] = { ...before, ...after };
    if (old.object[key] === undefined) delete old.object[key];
  }
  if (made.object.immutable) old.object.immutable = true;
  old.hashed ||= made.hashed;
}

function configMap(folder: Folder, generator: Generator, options: GeneratorOptions | undefined): Resource {
  const made = start("ConfigMap", generator, options);
  for (const [key, value] of keyValues(folder, generator)) {
    const text = value.toString("utf8");
    const isText = Buffer.from(text).equals(value);
    const into = isText ? "data" : "binaryData";
    made.object[into] = { ...(made.object[into] as Data | undefined), [key]: isText ? text : base64(value) };
  }
  return made;
}

function secret(folder: Folder, generator: Generator, options: GeneratorOptions | undefined): Resource {
  const made = start("Secret", generator, options);
  made.object.type = generator.type || "Opaque";
  const data = Object.fromEntries(keyValues(folder, generator).map(([key, value]) => [key, base64(value)]));
  if (Object.keys(data).length) made.object.data = data;
  return made;
}

function start(kind: string, { name, namespace, options = {} }: Generator, common: GeneratorOptions = {}): Resource {
  const all = { ...common, ...options };
  const pairs = (key: "labels" | "annotations") => ({ ...common[key], ...options[key] });
  const metadata = {
    name,
    ...(namespace && { namespace }),
    ...(Object.keys(pairs("labels")).length && { labels: pairs("labels") }),
    ...(Object.keys(pairs("annotations")).length && { annotations: pairs("annotations") }),
  };
  const made = resourceOf({ apiVersion: "v1", kind, metadata, ...(all.immutable && { immutable: true }) }, `${kind} generator`);
  return { ...made, hashed: !all.disableNameSuffixHash };
}

const LINE = 70;

/** Long values are broken into lines. */
function base64(value: Buffer): string {
  const text = value.toString("base64");
  return text.length <= LINE ? text : text.replace(/.{1,70}/g, "$&\n");
}

function keyValues(folder: Folder, { envs = [], env, files = [], literals = [] }: Generator): [string, Buffer][] {
  const all = [
    ...[...envs, ...(env ? [env] : [])].flatMap((path) => envFile(folder.read(path))),
    ...files.map((source): [string, Buffer] => fromFile(folder, source)),
    ...literals.map(fromLiteral),
  ];
  const seen = new Set<string>();
  for (const [key] of all) {
    if (seen.has(key)) throw new UsageError(`configuration key ${JSON.stringify(key)} is given twice`);
    seen.add(key);
  }
  return all;
}

function fromFile(folder: Folder, source: string): [string, Buffer] {
  const [key, path, ...more] = source.includes("=") ? source.split("=") : [basename(source), source];
  if (!key || !path || more.length) throw new UsageError(`invalid file source ${JSON.stringify(source)}: must be [key=]path`);
  return [key, folder.read(path)];
}

function fromLiteral(source: string): [string, Buffer] {
  const equals = source.indexOf("=");
  if (equals < 1) throw new UsageError(`invalid literal source ${source}, expected key=value`);
  return [source.slice(0, equals), Buffer.from(source.slice(equals + 1).replace(/^(["'])(.*)\1$/s, "$2"))];
}

/** `KEY=value` lines; `KEY` alone takes its value from the environment. */
function envFile(content: Buffer): [string, Buffer][] {
  const lines = content
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  return lines
    .map((line) => line.trimStart())
    .filter((line) => line && !line.startsWith("#"))
    .map((line): [string, Buffer] => {
      const equals = line.indexOf("=");
      return equals < 0 ? [line, Buffer.from(process.env[line] ?? "")] : [line.slice(0, equals), Buffer.from(line.slice(equals + 1))];
    });
}
