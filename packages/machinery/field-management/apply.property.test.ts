import { StatusError } from "@wherry/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Data } from "../data.ts";
import { deepCopy } from "../deep-copy.ts";
import { compareFields } from "./compare.ts";
import { difference, type FieldSet, intersection, isEmptySet, recursiveDifference, union } from "./field-set.ts";
import { fieldSetOf, presentSetOf } from "./field-set-of.ts";
import { ownerId } from "./managed-fields.ts";
import { mergeSchemaOf } from "./merge-schema.ts";
import { Owned, SHAPES } from "./testing.ts";

const some = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(shape, { requiredKeys: [] });
const word = fc.constantFrom("a", "b", "c");
const number = fc.integer({ min: 0, max: 2 });
const words = fc.uniqueArray(word, { maxLength: 3 });
const item = fc.tuple(word, some({ value: number, tags: words })).map(([name, rest]) => ({ name, ...rest }));
const byName = fc.uniqueArray(item, { maxLength: 3, selector: ({ name }) => name });
const port = fc.tuple(number, some({ protocol: fc.constantFrom("TCP", "UDP"), name: word })).map(([n, rest]) => ({ port: n, ...rest }));
const ports = fc.uniqueArray(port, { maxLength: 3, selector: ({ port: n, protocol = "TCP" }) => `${n}/${protocol}` });
const leaves = {
  numeric: number,
  string: word,
  set: words,
  list: byName,
  ports,
  byPatch: byName,
  atomicList: fc.array(word, { maxLength: 2 }),
  map: fc.dictionary(word, word, { maxKeys: 2 }),
  mapOfSets: fc.dictionary(word, words, { maxKeys: 2 }),
  atomicMap: fc.dictionary(word, word, { maxKeys: 2 }),
  struct: some({ name: word, value: number }),
  free: fc.dictionary(word, fc.oneof(number, fc.array(number, { maxLength: 2 }), fc.dictionary(word, number, { maxKeys: 2 })), {
    maxKeys: 2,
  }),
};
const object = some({ ...leaves, nested: some(leaves) }) as fc.Arbitrary<Data>;
const manager = fc.constantFrom("one", "two", "three");
const step = fc.record({ manager, object, how: fc.constantFrom("apply", "force", "update") });
const history = fc.array(step, { maxLength: 5 });

const schema = mergeSchemaOf(SHAPES, "Shapes");
const changes = (from: Data, to: Data): FieldSet => {
  const { added, modified, removed } = compareFields(schema, from, to);
  return union(union(added, modified), removed);
};

/** Applies, or gives undefined where there is a conflict. */
function tried(owned: Owned, who: string, config: Data): Owned | undefined {
  try {
    return owned.copy().apply(who, config);
  } catch (error) {
    if (error instanceof StatusError && error.status.reason === "Conflict") return undefined;
    throw error;
  }
}

function after(steps: readonly { manager: string; object: Data; how: string }[]): Owned {
  let owned = new Owned();
  for (const { manager: who, object: config, how } of steps) {
    if (how === "update") owned.update(who, config);
    else owned = how === "force" ? owned.apply(who, config, true) : (tried(owned, who, config) ?? owned);
  }
  return owned;
}

const ownedBy = (owned: Owned, who: string) =>
  owned.managed.get(ownerId({ manager: who, operation: "Apply", apiVersion: "v1" }))?.fields ?? {};
const withoutTimes = ({ managed }: Owned) => [...managed].map(([id, { fields }]) => [id, fields]).sort();

describe("apply, for any objects and managers", () => {
  it("is idempotent", () => {
    fc.assert(
      fc.property(history, manager, object, (steps, who, config) => {
        const once = after(steps).apply(who, config, true);
        const twice = once.copy().apply(who, config);
        expect(changes(once.object, twice.object)).toEqual({});
        expect(twice.managed).toEqual(once.managed);
      }),
    );
  });

  it("is of the same effect in either order, where there is no conflict", () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        const first = tried(new Owned().apply("one", a), "two", b);
        const second = tried(new Owned().apply("two", b), "one", a);
        expect(first === undefined).toBe(second === undefined);
        if (!first || !second) return;
        expect(isEmptySet(changes(first.object, second.object))).toBe(true);
        expect(withoutTimes(first)).toEqual(withoutTimes(second));
      }),
    );
  });

  it("changes nothing that another owns, unless forced", () => {
    fc.assert(
      fc.property(history, manager, object, (steps, who, config) => {
        const before = after(steps);
        const result = tried(before, who, config);
        if (!result) return;
        // As upstream, an item of a list or a map that is given up goes with what others have put below it.
        const changed = recursiveDifference(changes(before.object, result.object), ownedBy(before, who));
        for (const [id, { fields, owner }] of before.managed)
          if (owner.manager !== who || owner.operation !== "Apply") expect([id, intersection(fields, changed)]).toEqual([id, {}]);
      }),
    );
  });

  it("removes only what it has applied before", () => {
    fc.assert(
      fc.property(history, manager, object, (steps, who, config) => {
        const before = after(steps);
        const result = before.copy().apply(who, config, true);
        const { removed } = compareFields(schema, before.object, result.object);
        const replaced = union(ownedBy(before, who), fieldSetOf(schema, config));
        expect(recursiveDifference(intersection(removed, fieldSetOf(schema, before.object)), replaced)).toEqual({});
      }),
    );
  });

  it("owns all that it says, and the object says it, too", () => {
    fc.assert(
      fc.property(history, manager, object, (steps, who, config) => {
        const result = after(steps).apply(who, config, true);
        expect(ownedBy(result, who)).toEqual(fieldSetOf(schema, config));
        const { modified, removed } = compareFields(schema, config, result.object);
        expect(intersection(union(modified, removed), fieldSetOf(schema, config))).toEqual({});
      }),
    );
  });

  it("leaves its arguments alone", () => {
    fc.assert(
      fc.property(history, manager, object, (steps, who, config) => {
        const before = after(steps);
        const seen = deepCopy([before.object, config, [...before.managed]]);
        before.copy().apply(who, config, true);
        expect([before.object, config, [...before.managed]]).toEqual(seen);
      }),
    );
  });

  it("leaves nothing to anybody that is not there", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const owned = after(steps);
        const present = union(presentSetOf(schema, owned.object), fieldSetOf(schema, owned.object));
        for (const { fields } of owned.managed.values()) expect(difference(fields, present)).toEqual({});
      }),
    );
  });
});
