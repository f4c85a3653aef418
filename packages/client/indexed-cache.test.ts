import type { ApiObject } from "@wherry/machinery";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IndexedCache } from "./indexed-cache.ts";

function object(namespace: string, name: string, version: number, colors: readonly string[], uid = "u"): ApiObject {
  const metadata = {
    name,
    namespace,
    uid,
    resourceVersion: String(version),
    creationTimestamp: "",
    labels: Object.fromEntries(colors.map((c) => [c, ""])),
  };
  return { apiVersion: "v1", kind: "Thing", metadata };
}
const colorsOf = (o: ApiObject) => Object.keys(o.metadata.labels ?? {});
const fail = () => {
  throw new Error("no index fails here");
};
const names = (objects: readonly ApiObject[]) => objects.map((o) => `${o.metadata.namespace}/${o.metadata.name}`).sort();

const anObject = fc
  .tuple(
    fc.constantFrom("x", "y"),
    fc.constantFrom("a", "b", "c"),
    fc.nat(5),
    fc.subarray(["red", "green", "blue"]),
    fc.constantFrom("u1", "u2"),
  )
  .map((parts) => object(...parts));
const change = fc.oneof(
  fc.record({ set: anObject }),
  fc.record({ drop: anObject }),
  fc.record({ replace: fc.uniqueArray(anObject, { selector: (o) => names([o])[0] }) }),
);

describe("IndexedCache", () => {
  it("finds by name, namespace and index exactly what a plain map would", () => {
    fc.assert(
      fc.property(fc.array(change), fc.nat(10), (changes, when) => {
        const cache = new IndexedCache<ApiObject>(fail);
        const model = new Map<string, ApiObject>();
        changes.forEach((c, i) => {
          if (i === when) cache.addIndex("color", colorsOf);
          apply(c, cache, model);
        });
        cache.addIndex("color", colorsOf);
        const all = [...model.values()];
        expect(new Set(cache.list())).toEqual(new Set(all));
        for (const ns of ["x", "y", "z"]) expect(names(cache.list(ns))).toEqual(names(all.filter((o) => o.metadata.namespace === ns)));
        for (const color of ["red", "green", "blue"]) {
          expect(new Set(cache.byIndex("color", color))).toEqual(new Set(all.filter((o) => colorsOf(o).includes(color))));
        }
        for (const o of all) expect(cache.get(o.metadata.name, o.metadata.namespace)).toBe(o);
      }),
    );
  });

  it("tells what a new list changed: gone, changed, new, and a name used again", () => {
    const cache = new IndexedCache<ApiObject>(fail);
    for (const name of ["same", "changed", "gone", "again"]) cache.set(object("x", name, 1, []));
    const same = cache.get("same", "x");
    const { deleted, updated, added } = cache.replace([
      object("x", "same", 1, []),
      object("x", "changed", 2, []),
      object("x", "again", 3, [], "another"),
      object("x", "new", 3, []),
    ]);
    expect(names(deleted)).toEqual(["x/again", "x/gone"]);
    expect(updated.map((u) => [u.object.metadata.resourceVersion, u.previous.metadata.resourceVersion])).toEqual([["2", "1"]]);
    expect(names(added)).toEqual(["x/again", "x/new"]);
    expect(cache.get("same", "x")).toBe(same);
  });

  it("leaves an object out of an index whose function fails, and reports it", () => {
    const failures: string[] = [];
    const cache = new IndexedCache<ApiObject>((index, o) => failures.push(`${index}: ${o.metadata.name}`));
    cache.addIndex("bad", fail);
    cache.set(object("x", "a", 1, []));
    expect(cache.byIndex("bad", "red")).toEqual([]);
    expect(failures).toEqual(["bad: a"]);
  });

  it("refuses an unknown index and a second one of the same name", () => {
    const cache = new IndexedCache<ApiObject>(fail);
    cache.addIndex("color", colorsOf);
    expect(() => cache.byIndex("size", "1")).toThrow('no index "size" here: the indexes are color');
    expect(() => cache.addIndex("color", () => [])).toThrow("already there");
  });
});

function apply(
  c: { set: ApiObject } | { drop: ApiObject } | { replace: ApiObject[] },
  cache: IndexedCache<ApiObject>,
  model: Map<string, ApiObject>,
) {
  const key = (o: ApiObject) => `${o.metadata.namespace}/${o.metadata.name}`;
  if ("set" in c) {
    cache.set(c.set);
    model.set(key(c.set), c.set);
  } else if ("drop" in c) {
    cache.delete(c.drop.metadata.name, c.drop.metadata.namespace);
    model.delete(key(c.drop));
  } else {
    const same = (o: ApiObject, p: ApiObject | undefined) =>
      p?.metadata.uid === o.metadata.uid && p.metadata.resourceVersion === o.metadata.resourceVersion;
    const next = c.replace.map((o) => (same(o, model.get(key(o))) ? (model.get(key(o)) as ApiObject) : o));
    cache.replace(c.replace);
    model.clear();
    for (const o of next) model.set(key(o), o);
  }
}
