import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  difference,
  EMPTY_SET,
  type FieldSet,
  FieldSetBuilder,
  hasElement,
  intersection,
  isEmptySet,
  pathTexts,
  readFieldSet,
  recursiveDifference,
  sortedSet,
  subset,
  union,
} from "./field-set.ts";
import { compareElements, keyElement, valueElement } from "./path-element.ts";

const element = fc.oneof(
  fc.constantFrom("a", "b", "c").map((name) => `f:${name}`),
  fc.constantFrom<unknown>("x", 2, 10, true).map(valueElement),
  fc.constantFrom<unknown>("x", 2, 10).map((value) => keyElement(["k", "l"], () => value)),
);
const path = fc.array(element, { minLength: 1, maxLength: 3 });
const setOfPaths = (paths: string[][]): FieldSet => {
  const builder = new FieldSetBuilder();
  for (const one of paths) builder.insert(one, EMPTY_SET);
  return builder.set;
};
const paths = fc.array(path, { maxLength: 12 });
const has = (set: FieldSet, [first = "", ...rest]: string[]): boolean =>
  rest.length === 0 ? hasElement(set, first) : has(subset(set, first), rest);

describe("sets of fields", () => {
  it("behave as sets of paths", () => {
    fc.assert(
      fc.property(paths, paths, path, (left, right, probe) => {
        const [a, b] = [setOfPaths(left), setOfPaths(right)];
        for (const one of [...left, ...right, probe]) {
          const [inA, inB] = [has(a, one), has(b, one)];
          expect(inA).toBe(left.some((p) => p.join() === one.join()));
          expect(has(union(a, b), one)).toBe(inA || inB);
          expect(has(intersection(a, b), one)).toBe(inA && inB);
          expect(has(difference(a, b), one)).toBe(inA && !inB);
          const prefixes = one.map((_, i) => one.slice(0, i + 1));
          expect(has(recursiveDifference(a, b), one)).toBe(inA && !prefixes.some((p) => has(b, p)));
        }
      }),
    );
  });

  it("survive being stored, in any order and with any spaces", () => {
    fc.assert(
      fc.property(paths, (all) => {
        const set = setOfPaths(all);
        const stored = JSON.stringify(sortedSet(set));
        expect(readFieldSet(JSON.parse(stored))).toEqual(set);
        const spaced = JSON.parse(stored.replaceAll('k:{\\"k\\":', 'k: { \\"k\\" : ')) as unknown;
        expect(readFieldSet(spaced)).toEqual(set);
      }),
    );
  });

  it("give back everything that is taken", () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const [a, b] = [setOfPaths(left), setOfPaths(right)];
        expect(union(difference(a, b), intersection(a, b))).toEqual(a);
        expect(isEmptySet(difference(a, a))).toBe(true);
        expect(union(a, b)).toEqual(union(b, a));
      }),
    );
  });

  it("are read as upstream writes them", () => {
    const text =
      '{"f:spec":{".":{},"f:ports":{"k:{\\"protocol\\":\\"TCP\\",\\"port\\":80}":{".":{},"f:port":{}}},"f:finalizers":{"v:\\"a\\"":{}}}}';
    const set = readFieldSet(JSON.parse(text));
    expect(pathTexts(set)).toEqual([
      ".spec",
      '.spec.finalizers[="a"]',
      '.spec.ports[port=80,protocol="TCP"]',
      '.spec.ports[port=80,protocol="TCP"].port',
    ]);
  });

  it("drop elements that nobody knows, and refuse what is malformed", () => {
    expect(readFieldSet({ "x:new": {}, "f:a": { "y:b": {} } })).toEqual({ "f:a": {} });
    for (const bad of [{ a: {} }, { "f-a": {} }, { "k:x": {} }, { "k:1": {} }, { "i:x": {} }, { "v:{": {} }, { "f:a": 1 }, [], "x", null])
      expect(() => readFieldSet(bad)).toThrow();
  });

  it("order numbers by size", () => {
    const ports = [443, 80, 8080].map((port) => keyElement(["port"], () => port));
    expect(ports.sort(compareElements)).toEqual(['k:{"port":80}', 'k:{"port":443}', 'k:{"port":8080}']);
    expect(['v:"b"', "i:1", 'k:{"a":1}', "f:z", 'v:"a"', "v:3"].sort(compareElements)).toEqual([
      "f:z",
      'k:{"a":1}',
      "v:3",
      'v:"a"',
      'v:"b"',
      "i:1",
    ]);
  });
});
