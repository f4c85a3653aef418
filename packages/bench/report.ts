/** One measured number beside what it is to be compared with, both from the same run on the same machine. */
export interface Figure {
  /** Dotted, general to special: `store.create.10-writers`. */
  name: string;
  value: number;
  /** Of `value` and of the peer: "/s", "ms", "MB". */
  unit: string;
  /** A floor that cannot be beaten, or a peer that does the same. */
  peer: { name: string; value: number };
  /** The ratio of value to peer that is wanted: at least this where more is better, at most this where less is. */
  goal?: { atLeast: number } | { atMost: number };
  /** The value itself that is wanted: at most this, whatever the peer needs. */
  limit?: number;
}

/** Value divided by peer. */
export function ratioOf({ value, peer }: Figure): number {
  return value / peer.value;
}

/** Whether goal and limit are met; a figure without them always meets them. */
export function meetsGoal(figure: Figure): boolean {
  const { goal, limit, value } = figure;
  if (limit !== undefined && !(value <= limit)) return false;
  if (!goal) return true;
  return "atLeast" in goal ? ratioOf(figure) >= goal.atLeast : ratioOf(figure) <= goal.atMost;
}

/** `store.create.10-writers  9,120/s  raw single commits: 4,700/s  ratio 1.94  goal >= 1.5  met` */
export function formatFigure(figure: Figure): string {
  const { name, value, unit, peer, goal, limit } = figure;
  const parts = [name, `${round(value)}${unit}`, `${peer.name}: ${round(peer.value)}${unit}`];
  if (peer.value > 0) parts.push(`ratio ${ratioOf(figure).toPrecision(3)}`);
  if (goal) parts.push(`goal ${"atLeast" in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`}`);
  if (limit !== undefined) parts.push(`goal <= ${limit.toLocaleString("en-US")}${unit}`);
  if (goal || limit !== undefined) parts.push(meetsGoal(figure) ? "met" : "MISSED");
  return parts.join("  ");
}

/** Prints the figure on standard output. */
export function report(figure: Figure): void {
  process.stdout.write(`${formatFigure(figure)}\n`);
}

/** The middle one; the mean of the two middle ones when there are two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error("no values to take the median of");
  return (low + high) / 2;
}

/**
 * Runs the measurements in turns, `rounds` times, and gives the median of each: what else the machine does then falls on all of them alike.
 */
export async function inTurns<N extends string>(
  rounds: number,
  measurements: Record<N, () => number | Promise<number>>,
): Promise<Record<N, number>> {
  const names = Object.keys(measurements) as N[];
  const results = new Map<N, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) for (const name of names) results.get(name)?.push(await measurements[name]());
  return Object.fromEntries(names.map((name) => [name, median(results.get(name) ?? [])])) as Record<N, number>;
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
