import { StatusError } from "@wherry/base";
import { describe, expect, it } from "vitest";
import type { Data } from "../data.ts";
import { conformityErrors } from "./conformity.ts";
import { mergeSchemaOf } from "./merge-schema.ts";
import { Owned, SHAPES } from "./testing.ts";

const items = (...names: string[]) => names.map((name) => ({ name }));
const conflictsOf = (run: () => unknown): string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return error.status.details?.causes?.map((cause) => cause.field ?? "") ?? [];
    throw error;
  }
  return [];
};

/** The cases that upstream tests in structured-merge-diff/merge. */
describe("apply", () => {
  it.each<[string, Data, Data, Data, string[]]>([
    ["changes leaves", { numeric: 1, string: "a" }, { numeric: 2 }, { numeric: 2 }, [".numeric"]],
    ["adds to and removes from a set", { set: ["a", "b"] }, { set: ["b", "c"] }, { set: ["b", "c"] }, ['.set[="b"]', '.set[="c"]']],
    ["removes the last of a set", { set: ["a"] }, {}, {}, []],
    ["replaces an item", { list: items("a") }, { list: items("b") }, { list: items("b") }, ['.list[name="b"]', '.list[name="b"].name']],
    [
      "removes a field of an item",
      { list: [{ name: "a", value: 1 }] },
      { list: items("a") },
      { list: items("a") },
      ['.list[name="a"]', '.list[name="a"].name'],
    ],
    [
      "goes by merge keys where there are no others",
      { byPatch: items("a", "b") },
      { byPatch: items("a") },
      { byPatch: items("a") },
      ['.byPatch[name="a"]', '.byPatch[name="a"].name'],
    ],
    ["changes keys of a map", { map: { a: "1", b: "2" } }, { map: { a: "3" } }, { map: { a: "3" } }, [".map.a"]],
    [
      "changes sets in a map",
      { mapOfSets: { a: ["x"] } },
      { mapOfSets: { a: ["y"] } },
      { mapOfSets: { a: ["y"] } },
      [".mapOfSets.a", '.mapOfSets.a[="y"]'],
    ],
    [
      "owns atomic lists and maps whole",
      { atomicList: ["a"], atomicMap: { a: "1" } },
      { atomicList: ["b"], atomicMap: { b: "1" } },
      { atomicList: ["b"], atomicMap: { b: "1" } },
      [".atomicList", ".atomicMap"],
    ],
    [
      "owns an atomic reference whole",
      { atomicRef: { name: "a" } },
      { atomicRef: { value: 1 } },
      { atomicRef: { value: 1 } },
      [".atomicRef"],
    ],
    ["removes a struct with its last field", { struct: { name: "a" } }, {}, {}, []],
    ["keeps an empty struct that it says", { struct: { name: "a" } }, { struct: {} }, { struct: {} }, [".struct"]],
    ["owns an explicit null", { string: "a" }, { string: null }, { string: null }, [".string"]],
    [
      "works in depth",
      { nested: { nested: { set: ["a"] } } },
      { nested: { nested: { set: ["b"] } } },
      { nested: { nested: { set: ["b"] } } },
      ['.nested.nested.set[="b"]'],
    ],
    [
      "fills in keys by their defaults",
      { ports: [{ port: 1 }] },
      { ports: [{ port: 1, protocol: "TCP", name: "x" }] },
      { ports: [{ port: 1, protocol: "TCP", name: "x" }] },
      [
        '.ports[port=1,protocol="TCP"]',
        '.ports[port=1,protocol="TCP"].name',
        '.ports[port=1,protocol="TCP"].port',
        '.ports[port=1,protocol="TCP"].protocol',
      ],
    ],
    [
      "tells ports apart by protocol",
      { ports: [{ port: 1 }] },
      { ports: [{ port: 1 }, { port: 1, protocol: "UDP" }] },
      { ports: [{ port: 1 }, { port: 1, protocol: "UDP" }] },
      [
        '.ports[port=1,protocol="TCP"]',
        '.ports[port=1,protocol="UDP"]',
        '.ports[port=1,protocol="TCP"].port',
        '.ports[port=1,protocol="UDP"].port',
        '.ports[port=1,protocol="UDP"].protocol',
      ],
    ],
  ])("%s", (_, first, second, object, paths) => {
    const owned = new Owned().apply("one", first).apply("one", second);
    expect(owned.object).toEqual(object);
    expect(owned.paths("one")).toEqual(paths);
  });

  it("leaves what others have put beside its own", () => {
    const owned = new Owned().apply("default", { struct: { name: "a" } });
    owned.update("controller", { struct: { name: "a", value: 1 } });
    expect(owned.copy().apply("default", {}).object).toEqual({ struct: { value: 1 } });
    expect(owned.copy().apply("default", { struct: {} }).object).toEqual({ struct: { value: 1 } });
    owned.update("controller", { struct: { name: "b", value: 1 } });
    expect(owned.apply("default", {}).object).toEqual({ struct: { name: "b", value: 1 } });
  });

  it("keeps an item that another applies a part of", () => {
    const owned = new Owned().apply("one", { list: [{ name: "a", value: 1 }] });
    owned.apply("two", { list: [{ name: "a", tags: ["x"] }] });
    expect(owned.apply("one", {}).object).toEqual({ list: [{ name: "a", tags: ["x"] }] });
    expect(owned.apply("two", {}).object).toEqual({});
  });

  it("keeps what an updater owns as well", () => {
    const owned = new Owned().update("controller", { map: { a: "1" } }).apply("one", { map: { a: "1" } });
    expect(owned.apply("one", {}).object).toEqual({ map: { a: "1" } });
  });

  it("has no conflict about what is the same, and one about what is not", () => {
    const owned = new Owned().apply("one", { numeric: 1, set: ["a"], atomicList: ["a"], list: [{ name: "a", value: 1 }] });
    expect(conflictsOf(() => owned.copy().apply("two", { numeric: 1, set: ["a", "b"], atomicList: ["a"] }))).toEqual([]);
    const other = { numeric: 2, set: ["b"], atomicList: ["a", "b"], list: [{ name: "a", value: 2 }] };
    expect(conflictsOf(() => owned.copy().apply("two", other))).toEqual([".atomicList", ".numeric", '.list[name="a"].value']);
    expect(conflictsOf(() => owned.update("ctl", { ...owned.object, numeric: 3 }).apply("two", { numeric: 4 }))).toEqual([".numeric"]);
  });

  it("never lets its owner conflict with itself", () => {
    expect(conflictsOf(() => new Owned().apply("one", { numeric: 1 }).apply("one", { numeric: 2 }))).toEqual([]);
  });

  it("takes what is forced, and leaves the rest to its owner", () => {
    const owned = new Owned().apply("one", { numeric: 1, string: "a" }).apply("two", { numeric: 2 }, true);
    expect([owned.paths("one"), owned.paths("two")]).toEqual([[".string"], [".numeric"]]);
    expect(owned.apply("one", { string: "a" }).object).toEqual({ numeric: 2, string: "a" });
  });

  it("puts items where the configuration has them, and others where they were", () => {
    const names = (owned: Owned) => (owned.object.list as { name: string }[]).map(({ name }) => name).join("");
    const from = (...all: string[]) => new Owned().update("u", { list: items(...all) });
    expect(names(from("a", "b", "c").apply("m", { list: items("c", "a") }))).toBe("bca");
    expect(names(from("a", "b", "c").apply("m", { list: items("x", "b", "y") }))).toBe("axbcy");
    expect(names(from("a", "b").apply("m", { list: items("c", "d") }))).toBe("abcd");
    expect(names(from("a", "b", "c", "d").apply("m", { list: items("d", "c", "b", "a") }))).toBe("dcba");
  });

  it("moves a time only with what it is the time of", () => {
    const owned = new Owned().apply("one", { numeric: 1 }).apply("two", { string: "a" });
    expect([owned.time("one"), owned.time("two")]).toEqual(["1970-01-01T00:00:01.000Z", "1970-01-01T00:00:02.000Z"]);
    owned.apply("one", { numeric: 1 }).update("three", owned.object);
    expect(owned.time("one")).toBe("1970-01-01T00:00:01.000Z");
    expect(owned.time("three", "Update")).toBeUndefined();
    expect(owned.apply("one", { numeric: 1, string: "a" }).time("one")).toBe("1970-01-01T00:00:05.000Z");
  });

  it("merges objects and owns lists whole where there is no schema", () => {
    const owned = new Owned("Free").apply("one", { spec: { a: 1, list: [1, 2], deep: { x: "y" } } });
    owned.apply("two", { spec: { b: 2 } });
    expect(conflictsOf(() => owned.copy().apply("two", { spec: { list: [1, 2, 3] } }))).toEqual([".spec.list"]);
    expect(owned.apply("one", { spec: { a: 1 } }).object).toEqual({ spec: { a: 1, b: 2 } });
    expect(owned.apply("two", { spec: { a: { now: "a map" } } }, true).object).toEqual({ spec: { a: { now: "a map" } } });
  });

  it("manages items that stand twice as one", () => {
    const owned = new Owned().update("u", { list: [{ name: "a", value: 1 }, { name: "a", value: 2 }, { name: "b" }] });
    expect(owned.paths("u", "Update")).toContain('.list[name="a"]');
    expect(owned.apply("m", { list: items("b") }).object.list).toHaveLength(3);
  });
});

describe("update", () => {
  it("gives and takes", () => {
    const owned = new Owned().update("one", { map: { a: "1", b: "1" }, set: ["x"] });
    expect(owned.paths("one", "Update")).toEqual([".map", ".set", ".map.a", ".map.b", '.set[="x"]']);
    owned.update("two", { map: { a: "2" }, set: ["x", "y"] });
    expect(owned.paths("one", "Update")).toEqual([".map", ".set", '.set[="x"]']);
    expect(owned.paths("two", "Update")).toEqual([".map.a", '.set[="y"]']);
    owned.update("three", {});
    expect(owned.managed.size).toBe(0);
  });

  it("takes a change of shape as what it is", () => {
    const owned = new Owned("Free").update("one", { a: { b: 1 } }).update("two", { a: [1] });
    expect([owned.paths("one", "Update"), owned.paths("two", "Update")]).toEqual([[], [".a"]]);
  });
});

describe("conformityErrors", () => {
  it.each<[unknown, string]>([
    [{ nope: 1 }, ".nope: field not declared in schema"],
    [{ numeric: "1" }, ".numeric: expected numeric (int or float), got *value.valueUnstructured"],
    [{ string: 80 }, ".string: expected string, got &value.valueUnstructured{Value:80}"],
    [{ bool: "yes" }, ".bool: expected boolean, got &{yes}"],
    [{ map: ["a"] }, ".map: expected map, got &{[a]}"],
    [{ set: { a: 1 } }, ".set: expected list, got &{map[a:1]}"],
    [{ set: ["a", "a"] }, '.set: duplicate entries for key [="a"]'],
    [
      { list: [{ value: 1 }] },
      '.list: element 0: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)',
    ],
    [{ ports: [{ port: 1 }, { port: 1, protocol: "TCP" }] }, '.ports: duplicate entries for key [port=1,protocol="TCP"]'],
    [{ list: [null] }, ".list: element 0: associative list with keys may not have a null element"],
    [{ list: [{ name: "a", value: {} }] }, '.list[name="a"].value: expected numeric (int or float), got *value.valueUnstructured'],
    [{ quantity: {} }, ".quantity: expected scalar, got &value.valueUnstructured{Value:map[string]interface {}{}}"],
  ])("says of %j what upstream says", (value, message) => {
    expect(conformityErrors(mergeSchemaOf(SHAPES, "Shapes"), value)).toEqual([message]);
  });

  it("has nothing against null, free content, and quantities that are numbers", () => {
    const value = { string: null, free: { any: [{ thing: 1 }] }, quantity: 1, nested: null };
    expect(conformityErrors(mergeSchemaOf(SHAPES, "Shapes"), value)).toEqual([]);
  });
});
