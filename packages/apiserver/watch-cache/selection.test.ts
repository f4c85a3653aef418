import { Pod } from "@wherry/api";
import type { KindDefinition } from "@wherry/machinery";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Item } from "./item.ts";
import { parseSelection, triggersOf } from "./selection.ts";

const select = (labels: string, fields = "") => parseSelection(Pod as KindDefinition, undefined, labels, fields);

describe("the trigger of a selection", () => {
  it.each([
    ["a=b", "", "label a=b"],
    ["c!=d,a in (b)", "", "label a=b"],
    ["a=", "", "label a="],
    ["a in (b,c)", "", undefined],
    ["!a,b", "", undefined],
    ["", "", undefined],
    ["a=b", "metadata.name=x", "field metadata.name=x"],
    ["", "spec.nodeName=n", "field spec.nodeName=n"],
    ["", "spec.nodeName=", undefined],
    ["", "spec.nodeName!=n,metadata.namespace=y", undefined],
  ])("of %j and %j is %j", (labels, fields, trigger) => {
    expect(select(labels, fields).trigger).toBe(trigger);
  });

  it("is one of those of each object that is selected", () => {
    const word = fc.constantFrom("", "a", "b");
    const key = fc.constantFrom("k", "l");
    const label = fc.oneof(
      fc.tuple(key, fc.constantFrom("=", "==", "!="), word).map((parts) => parts.join("")),
      fc
        .tuple(key, fc.constantFrom("in", "notin"), fc.array(fc.constantFrom("a", "b"), { minLength: 1 }))
        .map(([k, how, words]) => `${k} ${how} (${words})`),
      key,
    );
    const field = fc
      .tuple(fc.constantFrom("metadata.name", "spec.nodeName"), fc.constantFrom("=", "!="), word)
      .map((parts) => parts.join(""));
    const attributes = fc.record({
      name: fc.constantFrom("a", "b"),
      namespace: fc.constant("default"),
      labels: fc.option(fc.dictionary(key, word), { nil: undefined }),
      fields: fc.record({ "spec.nodeName": word }),
    });
    fc.assert(
      fc.property(fc.array(label, { maxLength: 3 }), fc.array(field, { maxLength: 2 }), attributes, (labels, fields, found) => {
        const selection = select(labels.join(","), fields.join(","));
        const item = { attributes: found } as unknown as Item;
        if (selection.trigger === undefined || !selection.matches(item)) return;
        expect([...triggersOf(item)]).toContain(selection.trigger);
      }),
      { numRuns: 1000 },
    );
  });
});
