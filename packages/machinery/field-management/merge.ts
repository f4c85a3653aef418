import { type Data, isData } from "../data.ts";
import { isAssociative, isObjectShape } from "./field-set-of.ts";
import { type AssociativeList, elementOrNone } from "./list-items.ts";
import { type MergeSchema, memberSchema } from "./merge-schema.ts";
import type { PathElement } from "./path-element.ts";

/**
 * `live` with all that `config` says: objects and associative lists are merged, the rest is config's. Nothing is removed. The result shares parts
 * with both, which stay as they are. Source: structured-merge-diff `TypedValue.Merge`.
 */
export function mergeFields(schema: MergeSchema, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  if (isData(live) && isData(config) && isObjectShape(schema)) return mergeObjects(schema, live, config);
  if (Array.isArray(live) && Array.isArray(config) && isAssociative(schema)) return new ListMerge(schema, live, config).result();
  return config;
}

function mergeObjects(schema: MergeSchema, live: Data, config: Data): Data {
  const result: Data = { ...live };
  for (const name in config) {
    const field = memberSchema(schema, name);
    const before = Object.hasOwn(live, name) ? live[name] : undefined;
    result[name] = field ? mergeFields(field.schema, before, config[name]) : config[name];
  }
  return result;
}

/**
 * Items of both lists: those of the configuration in its order, those that only the live list has where they stood among them. Source:
 * structured-merge-diff `mergingWalker.visitListItems`.
 */
class ListMerge {
  readonly #schema: AssociativeList;
  readonly #live: readonly unknown[];
  readonly #config: readonly unknown[];
  readonly #liveElements: readonly (PathElement | undefined)[];
  readonly #configElements: readonly (PathElement | undefined)[];
  /** Undefined for an element that stands twice. */
  readonly #liveItems: ReadonlyMap<PathElement | undefined, unknown>;
  readonly #wanted: ReadonlySet<PathElement | undefined>;
  readonly #merged = new Set<PathElement | undefined>();
  readonly #out: unknown[] = [];
  /** Elements of both lists, in config's order, and how many of them are merged. */
  readonly #shared: readonly (PathElement | undefined)[];
  #done = 0;

  constructor(schema: AssociativeList, live: readonly unknown[], config: readonly unknown[]) {
    this.#schema = schema;
    this.#live = live;
    this.#config = config;
    this.#liveElements = live.map((item) => elementOrNone(schema, item));
    this.#configElements = config.map((item) => elementOrNone(schema, item));
    this.#liveItems = uniqueItems(this.#liveElements, live);
    this.#wanted = new Set(this.#configElements.filter((element) => element !== undefined));
    this.#shared = [...this.#wanted].filter((element) => this.#liveItems.has(element));
  }

  result(): unknown[] {
    let [l, c] = [0, 0];
    while (l < this.#live.length || c < this.#config.length) {
      const [left, right] = [this.#liveElements[l], this.#configElements[c]];
      const both = l < this.#live.length && c < this.#config.length;
      if (both && left !== undefined && left === right) {
        this.#take(c++);
        l++;
      } else if (both && this.#wanted.has(left) && this.#done < this.#shared.length && this.#shared[this.#done] !== left) l++;
      else if (l < this.#live.length && !this.#wanted.has(left)) this.#out.push(this.#live[l++]);
      else if (l < this.#live.length && this.#merged.has(left)) l++;
      else this.#take(c++);
    }
    return this.#out;
  }

  /** The configuration's item, merged into the live one. */
  #take(index: number): void {
    const element = this.#configElements[index];
    this.#out.push(mergeFields(this.#schema.items, this.#liveItems.get(element), this.#config[index]));
    this.#merged.add(element);
    while (this.#done < this.#shared.length && this.#merged.has(this.#shared[this.#done])) this.#done++;
  }
}

function uniqueItems(elements: readonly (PathElement | undefined)[], items: readonly unknown[]): Map<PathElement | undefined, unknown> {
  const result = new Map<PathElement | undefined, unknown>();
  for (const [i, element] of elements.entries()) if (element !== undefined) result.set(element, result.has(element) ? undefined : items[i]);
  return result;
}
