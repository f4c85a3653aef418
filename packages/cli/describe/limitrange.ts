import type { LimitRange, LimitRangeItem } from "@wherry/api";
import { type Description, sortedKeys } from "./description.ts";
import { addName } from "./metadata.ts";
import { quantityText } from "./pod/containers.ts";

/** The head of a table of limits. */
export const LIMIT_COLUMNS: readonly (readonly string[])[] = [
  ["Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio"],
  ["----", "--------", "---", "---", "---------------", "-------------", "-----------------------"],
];

/** A limit range. Source: kubectl pkg/describe/describe.go, `describeLimitRange`. */
export function describe(d: Description, range: LimitRange): void {
  addName(d, range);
  for (const cells of LIMIT_COLUMNS) d.line(0, ...cells);
  addLimits(d, range, "");
}

/** A row for each resource of each limit. */
export function addLimits(d: Description, { spec }: LimitRange, prefix: string): void {
  for (const item of spec?.limits ?? []) {
    const sides = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio];
    for (const name of resourcesOf(item)) {
      const amounts = sides.map((side) => (side?.[name] === undefined ? "-" : quantityText(side[name])));
      d.line(0, `${prefix}${item.type}`, name, ...amounts);
    }
  }
}

const resourcesOf = ({ min, max, defaultRequest, default: standard, maxLimitRequestRatio }: LimitRangeItem): string[] =>
  sortedKeys({ ...min, ...max, ...defaultRequest, ...standard, ...maxLimitRequestRatio });
