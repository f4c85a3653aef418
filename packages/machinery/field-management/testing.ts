import type { Data } from "../data.ts";
import type { Definitions } from "../schema.ts";
import { type Applied, applyConfiguration } from "./apply-configuration.ts";
import { EMPTY_SET, pathTexts } from "./field-set.ts";
import { type FieldOwner, type Managed, ownerId } from "./managed-fields.ts";
import { mergeSchemaOf } from "./merge-schema.ts";
import { type FieldWrite, trackUpdate } from "./track-update.ts";

/** One of every shape that fields can have. Everything is nested in itself through `nested`. */
export const SHAPES: Definitions = {
  Shapes: {
    type: "object",
    properties: {
      numeric: { type: "integer" },
      string: { type: "string" },
      bool: { type: "boolean" },
      quantity: { ref: "Quantity" },
      set: { type: "array", items: { type: "string" }, listType: "set" },
      list: { type: "array", items: { ref: "Item" }, listType: "map", listMapKeys: ["name"] },
      ports: { type: "array", items: { ref: "Port" }, listType: "map", listMapKeys: ["port", "protocol"] },
      byPatch: { type: "array", items: { ref: "Item" }, patchStrategy: "merge", patchMergeKey: "name" },
      atomicList: { type: "array", items: { type: "string" } },
      map: { type: "object", additionalProperties: { type: "string" } },
      mapOfSets: { type: "object", additionalProperties: { type: "array", items: { type: "string" }, listType: "set" } },
      atomicMap: { type: "object", additionalProperties: { type: "string" }, mapType: "atomic" },
      atomicRef: { ref: "Item", mapType: "atomic" },
      struct: { ref: "Item" },
      free: { type: "object", preserveUnknownFields: true },
      nested: { ref: "Shapes" },
    },
  },
  Item: { type: "object", properties: { name: { type: "string" }, value: { type: "integer" }, tags: { ref: "Tags" } } },
  Tags: { type: "array", items: { type: "string" }, listType: "set" },
  Port: {
    type: "object",
    properties: { port: { type: "integer" }, protocol: { type: "string", default: "TCP" }, name: { type: "string" } },
  },
  Quantity: { type: "string", format: "quantity" },
  Free: { type: "object", preserveUnknownFields: true },
};

/** An object with its owners, as a server keeps it. Every write is one second later than the one before. */
export class Owned {
  object: Data = {};
  managed: Managed = new Map();
  readonly #schema: string;
  #second = 0;

  constructor(schema = "Shapes") {
    this.#schema = schema;
  }

  /** Server-side apply. Throws a Conflict. */
  apply(manager: string, config: Data, force = false): this {
    const applied: Applied = applyConfiguration(this.#write(manager, "Apply"), this.object, config, this.managed, force);
    this.object = applied.object;
    this.managed = applied.managed;
    return this;
  }

  /** Any other write. */
  update(manager: string, next: Data): this {
    this.managed = trackUpdate(this.#write(manager, "Update"), this.object, next, this.managed);
    this.object = next;
    return this;
  }

  /** The paths that a manager owns. */
  paths(manager: string, operation: "Apply" | "Update" = "Apply"): string[] {
    return pathTexts(this.managed.get(ownerId(ownerOf(manager, operation)))?.fields ?? EMPTY_SET);
  }

  /** When a manager's entry moved last. */
  time(manager: string, operation: "Apply" | "Update" = "Apply"): string | undefined {
    return this.managed.get(ownerId(ownerOf(manager, operation)))?.time;
  }

  /** The same, apart. */
  copy(): Owned {
    const copy = new Owned(this.#schema);
    copy.object = this.object;
    copy.managed = this.managed;
    copy.#second = this.#second;
    return copy;
  }

  #write(manager: string, operation: "Apply" | "Update"): FieldWrite {
    const now = new Date(++this.#second * 1000).toISOString();
    const schema = mergeSchemaOf(SHAPES, this.#schema);
    return { schema, owner: ownerOf(manager, operation), ignored: {}, otherVersion: () => undefined, now };
  }
}

const ownerOf = (manager: string, operation: "Apply" | "Update"): FieldOwner => ({ manager, operation, apiVersion: "v1" });
