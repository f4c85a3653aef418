import { startedAt } from "./importance.ts";
import type { Victims } from "./victims.ts";

/** The least that a victim counts: so that fewer are better whatever their priority. Source: `pickOneNodeForPreemption`. */
const MIN_PRIORITY = -(2 ** 31);

/** What makes one node better than another, first the most important. The lowest wins. */
const COSTS: readonly ((victims: Victims) => number)[] = [
  ({ violations }) => violations,
  ({ pods }) => pods[0]?.priority ?? MIN_PRIORITY,
  ({ pods }) => pods.reduce((sum, { priority }) => sum + priority - MIN_PRIORITY, 0),
  ({ pods }) => pods.length,
  // Of those with the highest priority, the one that runs longest should have begun as late as possible.
  ({ pods }) => -Math.min(...pods.filter(({ priority }) => priority === pods[0]?.priority).map(startedAt)),
];

/** The node whose victims are missed least; of equals the first. */
export function chooseVictims(all: readonly [Victims, ...Victims[]]): Victims {
  let left: readonly [Victims, ...Victims[]] = all;
  for (const cost of COSTS) {
    const lowest = left.map(cost).reduce((a, b) => Math.min(a, b));
    left = left.filter((victims) => cost(victims) === lowest) as [Victims, ...Victims[]];
    if (left.length === 1) break;
  }
  return left[0];
}
