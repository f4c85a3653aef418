import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextSubnet, subnetPlan } from "./plan.ts";

const next = (range: string, taken: string[], from = 0) => nextSubnet(subnetPlan(range), taken, from)?.cidr;

describe("the next subnet", () => {
  it.each([
    ["the first", "10.244.0.0/16", [], 0, "10.244.0.0/24"],
    ["not one that is taken", "10.244.0.0/16", ["10.244.0.0/24", "10.244.1.0/24"], 0, "10.244.2.0/24"],
    ["after the last one given", "10.244.0.0/16", ["10.244.1.0/24"], 2, "10.244.2.0/24"],
    ["round the end", "10.244.0.0/23", ["10.244.1.0/24"], 2, "10.244.0.0/24"],
    ["none when all are taken", "10.244.0.0/23", ["10.244.0.0/24", "10.244.1.0/24"], 0, undefined],
    ["not one inside of a wider one", "10.244.0.0/22", ["10.244.0.0/23"], 0, "10.244.2.0/24"],
    ["not one around a narrower one", "10.244.0.0/22", ["10.244.0.128/25"], 0, "10.244.1.0/24"],
    ["whatever is taken elsewhere", "10.244.0.0/22", ["10.0.0.0/24", "fd00::/64"], 0, "10.244.0.0/24"],
    ["the whole range when it is small", "10.244.0.0/26", [], 0, "10.244.0.0/26"],
  ])("is %s", (_, range, taken, from, expected) => expect(next(range, taken, from)).toBe(expected));

  it("never overlaps another, and uses the whole range", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(15), { maxLength: 60 }), (releases) => {
        const plan = subnetPlan("10.0.0.0/20");
        const taken = new Set<string>();
        let from = 0;
        for (const release of releases) {
          const got = nextSubnet(plan, [...taken], from);
          expect(got === undefined).toBe(taken.size === 16);
          if (got) {
            expect(taken.has(got.cidr)).toBe(false);
            taken.add(got.cidr);
            from = got.number + 1;
          }
          if (release % 3 === 0) taken.delete(`10.0.${release}.0/24`);
        }
      }),
    );
  });

  it("needs an IPv4 range", () => expect(() => subnetPlan("fd00::/64")).toThrow("is not an IPv4 range"));
});
