/** Completion indexes as ascending ranges, each with its first and last: what a job's status holds as `1,3-5,7`. Costs what it says, not how many it names. */
export type Indexes = readonly (readonly [first: number, last: number])[];

export const NO_INDEXES: Indexes = [];

/** Reads `1,3-5,7`. Indexes from `completions` on are left out, as is what is no index: the list is the controller's own, or was checked before. */
export function parseIndexes(text: string | undefined, completions: number): Indexes {
  const ranges = (text ?? "").split(",").filter(Boolean).map(parseRange);
  return joined(ranges.filter(([first]) => first < completions).map(([first, last]) => [first, Math.min(last, completions - 1)]));
}

function parseRange(text: string): [number, number] {
  const [first = "", last = first] = text.split("-");
  return [Number(first), Number(last)];
}

/** Writes `1,3-5,7`. Source: indexed_job_utils.go `orderedIntervals.String`. */
export function formatIndexes(indexes: Indexes): string {
  const range = ([first, last]: readonly [number, number]) => {
    if (first === last) return String(first);
    return `${first}${last === first + 1 ? "," : "-"}${last}`;
  };
  return indexes.map(range).join(",");
}

/** How many they are. */
export function countIndexes(indexes: Indexes): number {
  return indexes.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** Whether `index` is one of them. */
export function hasIndex(indexes: Indexes, index: number): boolean {
  let [low, high] = [0, indexes.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = indexes[middle] as readonly [number, number];
    if (index < first) high = middle - 1;
    else if (index > last) low = middle + 1;
    else return true;
  }
  return false;
}

/** Those of both. */
export function unionIndexes(a: Indexes, b: Indexes): Indexes {
  return joined([...a, ...b].sort(([x], [y]) => x - y));
}

/** Those with these single ones added, in any order and perhaps repeated. */
export function withIndexes(indexes: Indexes, more: Iterable<number>): Indexes {
  return unionIndexes(
    indexes,
    [...more].sort((a, b) => a - b).map((i) => [i, i]),
  );
}

/** How many are in both. */
export function countCommon(a: Indexes, b: Indexes): number {
  return countIndexes(a) + countIndexes(b) - countIndexes(unionIndexes(a, b));
}

/** The first `count` indexes below `completions` that are none of `taken`. Source: indexed_job_utils.go `firstPendingIndexes`. */
export function firstFree(taken: Indexes, count: number, completions: number): number[] {
  const free: number[] = [];
  let next = 0;
  for (const [first, last] of [...taken, [completions, completions] as const]) {
    for (; next < Math.min(first, completions) && free.length < count; next++) free.push(next);
    next = Math.max(next, last + 1);
  }
  return free;
}

/** Ranges in order of their beginning, with those that touch made one. */
function joined(ranges: Indexes): Indexes {
  const result: [number, number][] = [];
  for (const [first, last] of ranges) {
    const previous = result.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else result.push([first, last]);
  }
  return result;
}
