import { UsageError } from "../errors.ts";
import { parseManifest } from "../manifests.ts";
import { toYaml } from "../output/yaml.ts";
import { generate } from "./generate.ts";
import { Folder, KUSTOMIZE_YAML, type Kustomization } from "./kustomization.ts";
import { addAffixes, addHashes, fixReferences } from "./names.ts";
import { inLegacyOrder } from "./order.ts";
import { applyJsonPatches, applyPatches, type Schemas } from "./patch.ts";
import { replaceValues } from "./replacements.ts";
import { addResources, type Resource, resourceOf } from "./resource.ts";
import { addAnnotations, addLabels, setImages, setNamespace, setReplicas } from "./transform.ts";

interface BuildOptions {
  /** Whether files may be outside of the folders that name them. */
  anywhere?: boolean;
  /** Standard error, when absent. */
  warn?(text: string): void;
}

/**
 * The objects that the kustomization in a folder makes, in the order that kubectl gives them. Throws a UsageError that says what is wrong, and names the field where it
 * is one that is not built. Source: kustomize's api/internal/target/kusttarget.go.
 */
export async function buildKustomization(
  path: string,
  { anywhere = false, warn = warnOnStandardError }: BuildOptions = {},
): Promise<Resource["object"][]> {
  const schemas: Schemas = {
    registry: (await import("@wherry/api/registry.ts")).registry,
    definitions: (await import("@wherry/api/definitions.ts")).definitions,
  };
  const builder = new Builder(schemas, warn);
  const folder = new Folder(path, anywhere);
  const kustomization = await folder.kustomization(warn);
  const all: Resource[] = [];
  await builder.accumulate(all, folder, kustomization);
  addHashes(all);
  fixReferences(all, builder.namespaced);
  const kept = all.filter(({ object }) => (object.metadata.annotations as Record<string, string> | undefined)?.[LOCAL] === undefined);
  return (kustomization.sortOptions?.order === "fifo" ? kept : inLegacyOrder(kept)).map(({ object }) => object);
}

/** The same, as `kubectl kustomize` writes it. */
export async function kustomizationYaml(path: string, options?: BuildOptions): Promise<string> {
  const texts = await Promise.all((await buildKustomization(path, options)).map(toYaml));
  return texts.join("---\n");
}

const LOCAL = "config.kubernetes.io/local-config";

const warnOnStandardError = (text: string): void => void process.stderr.write(text);

class Builder {
  readonly #schemas: Schemas;
  readonly #warn: (text: string) => void;

  constructor(schemas: Schemas, warn: (text: string) => void) {
    this.#schemas = schemas;
    this.#warn = warn;
  }

  /** A kind that is not known has namespaces. */
  readonly namespaced = ({ object }: Resource): boolean =>
    this.#schemas.registry.byKind(object.apiVersion, object.kind)?.scope !== "Cluster";

  /** Adds what a kustomization makes to `all`, and changes all that is there by then. */
  async accumulate(all: Resource[], folder: Folder, kustomization: Kustomization): Promise<void> {
    for (const path of [...(kustomization.resources ?? []), ...(kustomization.bases ?? [])])
      addResources(all, await this.#resources(folder, path));
    generate(all, folder, kustomization);
    for (const path of kustomization.components ?? []) await this.#component(all, folder, path);
    await this.#transform(all, folder, kustomization);
  }

  async #resources(folder: Folder, path: string): Promise<Resource[]> {
    const own: Resource[] = [];
    if (folder.isFolder(path)) {
      const below = folder.folder(path);
      const kustomization = await below.kustomization(this.#warn);
      if (kustomization.kind === "Component") throw new UsageError(`expected kind != 'Component' for path '${path}'`);
      await this.accumulate(own, below, kustomization);
      return own;
    }
    const manifests = await parseManifest(path, folder.read(path).toString("utf8"), KUSTOMIZE_YAML);
    return manifests.map(({ object }) => resourceOf(object, path));
  }

  /** A component works on all that the kustomization has by then. */
  async #component(all: Resource[], folder: Folder, path: string): Promise<void> {
    const below = folder.folder(path);
    const kustomization = await below.kustomization(this.#warn);
    if (kustomization.kind !== "Component")
      throw new UsageError(`expected kind 'Component' for path '${path}' but got '${kustomization.kind ?? "Kustomization"}'`);
    await this.accumulate(all, below, kustomization);
  }

  async #transform(all: Resource[], folder: Folder, kustomization: Kustomization): Promise<void> {
    await applyPatches(all, folder, kustomization, this.#schemas);
    setNamespace(all, kustomization.namespace, this.namespaced);
    addAffixes(all, kustomization);
    addLabels(all, kustomization);
    addAnnotations(all, kustomization);
    await applyJsonPatches(all, folder, kustomization, this.#schemas);
    setReplicas(all, kustomization);
    setImages(all, kustomization);
    await replaceValues(all, folder, kustomization);
  }
}
