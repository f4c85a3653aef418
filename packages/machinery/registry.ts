import { apiVersionOf, type KindDefinition } from "./kind.ts";
import type { Definitions } from "./schema.ts";

/** Every kind that is served (each version of a resource is one), and the schemas they speak of. Immutable: a changed set is a new registry. */
export class Registry {
  readonly definitions: Definitions;
  readonly kinds: readonly KindDefinition[];
  readonly #byKind = new Map<string, KindDefinition>();
  readonly #byResource = new Map<string, KindDefinition>();

  /** Throws when two kinds claim one name, or one names a schema or a stored kind that is not there. */
  constructor(definitions: Definitions, kinds: readonly KindDefinition[]) {
    this.definitions = definitions;
    this.kinds = kinds;
    for (const kind of kinds) this.#add(kind);
    for (const kind of kinds) this.#checkStored(kind);
  }

  /** The kind that `apiVersion` and `kind` of a manifest name. */
  byKind(apiVersion: string, kind: string): KindDefinition | undefined {
    return this.#byKind.get(`${apiVersion} ${kind}`);
  }

  /** The kind behind a URL: `byResource("apps", "v1", "deployments")`; the core group is empty. */
  byResource(group: string, version: string, plural: string): KindDefinition | undefined {
    return this.#byResource.get(`${group}/${version}/${plural}`);
  }

  #checkStored(kind: KindDefinition): void {
    const { storedAs } = kind;
    const hidden = storedAs?.kind.verbs?.length === 0;
    if (storedAs && (storedAs.kind.storedAs || !(hidden || this.kinds.includes(storedAs.kind))))
      throw new Error(
        `kind ${apiVersionOf(kind)} ${kind.kind}: ${apiVersionOf(storedAs.kind)}, which it is stored as, is not a stored kind here`,
      );
  }

  #add(kind: KindDefinition): void {
    const name = `${apiVersionOf(kind)} ${kind.kind}`;
    const resource = `${kind.group}/${kind.version}/${kind.plural}`;
    if (this.#byKind.has(name) || this.#byResource.has(resource)) throw new Error(`kind ${name} (${kind.plural}) is registered twice`);
    if (!Object.hasOwn(this.definitions, kind.schema)) throw new Error(`kind ${name}: no schema ${kind.schema} in the definitions`);
    this.#byKind.set(name, kind);
    this.#byResource.set(resource, kind);
  }
}
