import { parseLabelSelector } from "@wherry/machinery";
import { applyJsonPatch } from "@wherry/machinery/patch/json-patch.ts";
import type { Registry } from "@wherry/machinery/registry.ts";
import type { Definitions } from "@wherry/machinery/schema.ts";
import { UsageError } from "../errors.ts";
import { type Folder, type Kustomization, type Patch, parseYaml, type Selector } from "./kustomization.ts";
import { type Data, groupOf, idOf, idsOf, idText, isData, type Resource, rename, resourceOf, versionOf, withId } from "./resource.ts";
import { mergeStrategically } from "./strategic-merge.ts";

/** What is known of kinds. */
export interface Schemas {
  registry: Pick<Registry, "byKind">;
  definitions: Definitions;
}

/** `patchesStrategicMerge` and `patches`. */
export async function applyPatches(
  all: Resource[],
  folder: Folder,
  { patchesStrategicMerge = [], patches = [] }: Kustomization,
  schemas: Schemas,
): Promise<void> {
  for (const source of patchesStrategicMerge) {
    const text = source.includes("\n") ? source : folder.read(source).toString("utf8");
    for (const patch of await documents(text, source)) mergeById(all, patch, schemas);
  }
  for (const patch of patches) await applyPatch(all, folder, patch, schemas);
}

/** `patchesJson6902`: each must find its object. */
export async function applyJsonPatches(
  all: Resource[],
  folder: Folder,
  { patchesJson6902 = [] }: Kustomization,
  schemas: Schemas,
): Promise<void> {
  for (const patch of patchesJson6902) {
    if (!patch.target?.kind || !patch.target.name)
      throw new UsageError("must specify the target field in patchesJson6902: its kind and name");
    const [target] = select(all, { ...patch.target, kind: exactly(patch.target.kind), name: exactly(patch.target.name) });
    if (!target) throw new UsageError(`unable to find patch target ${JSON.stringify(patch.target.name)} in resources`);
    await applyPatch(
      all,
      folder,
      { ...patch, target: { ...patch.target, name: exactly(patch.target.name), kind: exactly(patch.target.kind) } },
      schemas,
    );
  }
}

const exactly = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

async function applyPatch(all: Resource[], folder: Folder, { path, patch, target, options }: Patch, schemas: Schemas): Promise<void> {
  if (Boolean(path) === Boolean(patch)) throw new UsageError("patch and path can't be set at the same time, and one of them must be");
  const text = path ? folder.read(path).toString("utf8") : (patch as string);
  const read = await documents(text, path ?? "patch");
  if (read.length === 1 && Array.isArray(read[0])) {
    if (!target) throw new UsageError("must specify a target for JSON patch");
    for (const one of select(all, target)) one.object = jsonPatched(one, read[0], text);
    return;
  }
  for (const change of read) {
    if (!isData(change)) throw new UsageError(`unable to parse SM or JSON patch from [${text.trim()}]`);
    if (!target) mergeById(all, change, schemas, options);
    else for (const one of select(all, target)) mergeInto(all, one, change, schemas, options);
  }
}

function jsonPatched(resource: Resource, operations: unknown[], text: string): Resource["object"] {
  try {
    return applyJsonPatch(resource.object, operations);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}: the JSON patch of ${idText(idOf(resource))}: ${text.trim()}`);
  }
}

async function documents(text: string, source: string): Promise<unknown[]> {
  const parts = text.split(/^---\s*$/m).filter((part) => part.trim() && !/^\s*(#.*\s*)*$/.test(part));
  return (await Promise.all(parts.map((part) => parseYaml(part, source)))).filter((value) => value !== null && value !== undefined);
}

function mergeById(all: Resource[], change: unknown, schemas: Schemas, options?: Patch["options"]): void {
  if (!isData(change) || !change.apiVersion || !change.kind)
    throw new UsageError(`a strategic merge patch without target names its object: ${JSON.stringify(change)}`);
  const id = idOf(resourceOf(change, "a patch"));
  const [found, ...more] = withId(all, id);
  const what = `no resource matches strategic merge patch ${JSON.stringify(idText(id))}: no matches for Id ${idText(id)}; failed to find unique target for patch ${idText(id)}`;
  if (!found) throw new UsageError(what);
  if (more.length) throw new UsageError(`multiple matches for Id ${idText(id)}; failed to find unique target for patch ${idText(id)}`);
  mergeInto(all, found, change, schemas, options);
}

function mergeInto(
  all: Resource[],
  target: Resource,
  change: Data,
  { registry, definitions }: Schemas,
  options: Patch["options"] = {},
): void {
  const { apiVersion, kind, metadata } = target.object;
  const schema = { ref: registry.byKind(apiVersion, kind)?.schema ?? "" };
  const merged = mergeStrategically(target.object, change, schema, definitions);
  if (!merged) {
    all.splice(all.indexOf(target), 1);
    return;
  }
  const name = options.allowNameChange ? (merged.metadata as Data).name : metadata.name;
  const before = idOf(target);
  target.object = {
    ...merged,
    apiVersion,
    kind: options.allowKindChange ? (merged.kind as string) : kind,
    metadata: {
      ...(merged.metadata as Data),
      name: metadata.name,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    },
  };
  if (target.object.kind !== kind) target.previous.push(before);
  if (name !== metadata.name) rename(target, { name: name as string });
}

/** Those that a selector chooses, by any name that they had. */
export function select(all: readonly Resource[], selector: Selector): Resource[] {
  const matches = (pattern: string | undefined, text: string) => !pattern || new RegExp(`^(?:${pattern})$`).test(text);
  const labels = parseLabelSelector(selector.labelSelector ?? "");
  const annotations = parseLabelSelector(selector.annotationSelector ?? "");
  return all.filter((one) => {
    const { metadata } = one.object;
    if (!labels.matches(metadata.labels as Record<string, string> | undefined)) return false;
    if (!annotations.matches(metadata.annotations as Record<string, string> | undefined)) return false;
    return idsOf(one).some(
      ({ apiVersion, kind, name, namespace }) =>
        matches(selector.group, groupOf(apiVersion)) &&
        matches(selector.version, versionOf(apiVersion)) &&
        matches(selector.kind, kind) &&
        matches(selector.name, name) &&
        matches(selector.namespace, namespace || "default"),
    );
  });
}
