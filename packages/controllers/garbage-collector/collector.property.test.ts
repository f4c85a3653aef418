import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CollectorModel, type Edges, name, type Policy } from "./collector-model.ts";
import { ownersOf } from "./item.ts";

const SIZE = 6;
const node = fc.nat(SIZE - 1);
const circles = fc.array(fc.tuple(node, node, fc.boolean()), { maxLength: 14 });
/** Owners have lower numbers: no circles. */
const tree = circles.map((edges) =>
  edges.filter(([a, b]) => a !== b).map(([a, b, block]) => [Math.min(a, b), Math.max(a, b), block] as const),
);
const policy = fc.constantFrom<Policy>("Background", "Foreground", "Orphan");
const deletion = fc.record({ index: node, policy, steps: fc.array(fc.nat(100), { maxLength: 30 }) });
const picks = fc.array(fc.nat(100), { maxLength: 60 });

function run(model: CollectorModel, steps: readonly number[]): void {
  for (const s of steps) model.step(s);
}

/** What is left when `gone` went without a trace: whoever has owners needs one that is left. */
function survivors(edges: Edges, gone: number): string[] {
  const left = new Set(Array.from({ length: SIZE }, (_, i) => i).filter((i) => i !== gone));
  const lost = (i: number) => {
    const owners = edges.filter(([, d]) => d === i).map(([o]) => o);
    return owners.length > 0 && !owners.some((o) => left.has(o));
  };
  for (let found = [...left].find(lost); found !== undefined; found = [...left].find(lost)) left.delete(found);
  return [...left].map(name).sort();
}

const names = (model: CollectorModel) => model.left.map((o) => o.metadata.name).sort();

describe("the collector, in any order of events", () => {
  it("takes exactly those that lost all owners, in the background and in the foreground", () => {
    fc.assert(
      fc.property(tree, node, fc.constantFrom<Policy>("Background", "Foreground"), picks, (edges, gone, how, steps) => {
        const model = new CollectorModel(SIZE, edges);
        model.remove(gone, how);
        run(model, steps);
        model.settle();
        expect(model.violations).toEqual([]);
        expect(names(model)).toEqual(survivors(edges, gone));
      }),
      { numRuns: 500 },
    );
  });

  it("leaves the dependents of an orphaning deletion alone", () => {
    fc.assert(
      fc.property(tree, node, picks, (edges, gone, steps) => {
        const model = new CollectorModel(SIZE, edges);
        model.remove(gone, "Orphan");
        run(model, steps);
        model.settle();
        expect(model.violations).toEqual([]);
        expect(names(model)).toEqual(Array.from({ length: SIZE }, (_, i) => name(i)).filter((n) => n !== name(gone)));
      }),
      { numRuns: 300 },
    );
  });

  it("finishes every deletion and leaves no reference to what is gone, also in circles", () => {
    fc.assert(
      fc.property(circles, fc.boolean(), fc.array(deletion, { maxLength: 5 }), (edges, seen, deletions) => {
        const model = new CollectorModel(SIZE, edges);
        if (seen) model.settle();
        for (const d of deletions) {
          model.remove(d.index, d.policy);
          run(model, d.steps);
        }
        model.settle();
        expect(model.violations).toEqual([]);
        const left = new Set(names(model));
        for (const o of model.left) {
          expect(o.metadata.deletionTimestamp).toBeUndefined();
          expect(ownersOf(o).every((r) => left.has(r.name))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
