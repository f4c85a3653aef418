import { resolveSchema } from "@wherry/machinery/resolve-schema.ts";
import type { Definitions, Schema } from "@wherry/machinery/schema.ts";
import { type Data, isData } from "./resource.ts";

/**
 * A strategic merge patch as kustomize merges it, which is not quite as the API server does: what a patch adds to a list stands before what is there, null removes, and
 * an empty schema makes maps merge and lists be replaced. Undefined when the patch deletes the whole. Source: kustomize's kyaml/yaml/merge2.
 */
export function mergeStrategically(target: Data, patch: Data, schema: Schema, definitions: Definitions): Data | undefined {
  return new Merge(definitions).maps(target, patch, resolveSchema(definitions, schema));
}

class Merge {
  readonly #definitions: Definitions;

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  maps(target: Data, patch: Data, schema: Schema): Data | undefined {
    const { $patch: directive, ...changes } = patch;
    if (directive === "delete") return undefined;
    if (directive === "replace") return changes;
    const merged: Data = { ...target };
    for (const [key, change] of Object.entries(changes)) {
      const value = this.#field(merged[key], change, fieldSchema(schema, key));
      if (value === undefined || value === null) delete merged[key];
      else merged[key] = value;
    }
    return merged;
  }

  #field(value: unknown, change: unknown, schema: Schema | undefined): unknown {
    const known = resolveSchema(this.#definitions, schema);
    if (isData(change)) return this.maps(isData(value) ? value : {}, change, known);
    if (Array.isArray(change) && schema) return this.#lists(Array.isArray(value) ? value : [], change, { ...known, ...schema });
    return change;
  }

  #lists(target: readonly unknown[], change: readonly unknown[], schema: Schema): unknown[] {
    const merges = schema.patchStrategy?.split(",").includes("merge");
    const items = resolveSchema(this.#definitions, schema.items);
    if (!merges) return change.map((item) => (isData(item) ? this.maps({}, item, items) : item));
    if (!schema.patchMergeKey) return [...change, ...target.filter((item) => !change.includes(item))];
    return this.#byKey(target, change, items, schema);
  }

  #byKey(
    target: readonly unknown[],
    change: readonly unknown[],
    items: Schema,
    { patchMergeKey = "", listMapKeys = [] }: Schema,
  ): unknown[] {
    const maps = change.filter(isData);
    if (maps.some((item) => item.$patch === "replace")) return maps.filter((item) => item.$patch !== "replace");
    const keys = [patchMergeKey, ...listMapKeys.filter((key) => key !== patchMergeKey && maps.some((item) => item[key] !== undefined))];
    const rest = target.filter(isData);
    const merged = maps.map((item) => {
      const at = rest.findIndex((other) => keys.every((key) => other[key] === item[key]));
      const [found = {}] = at < 0 ? [] : rest.splice(at, 1);
      return this.maps(found, item, items);
    });
    return [...merged.filter((item) => item !== undefined), ...rest];
  }
}

/** The schema of a field, with how it is merged; undefined when nothing is known. */
function fieldSchema(schema: Schema, key: string): Schema | undefined {
  const { properties = {} } = schema;
  return Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties;
}
