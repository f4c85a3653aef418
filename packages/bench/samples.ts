import { type Figure, report } from "./report.ts";

/** Milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** The value below or at which this share of all values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error("no values to take a percentile of");
  return value;
}

/** Takes one sample of each in turns, `rounds` times, after `warmUps` rounds that do not count: what else the machine does falls on all alike. */
export async function sampleInTurns<N extends string>(
  rounds: number,
  measurements: Record<N, () => Promise<number>>,
  warmUps = 1,
): Promise<Record<N, number[]>> {
  const names = Object.keys(measurements) as N[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<N, number[]>;
  for (let round = -warmUps; round < rounds; round++) {
    for (const name of names) {
      const sample = await measurements[name]();
      if (round >= 0) samples[name].push(sample);
    }
  }
  return samples;
}

/** Reports the middle and the slow end of both. */
export function reportTimes(
  name: string,
  values: readonly number[],
  peer: { name: string; values: readonly number[] },
  goal?: Figure["goal"],
): void {
  for (const share of [0.5, 0.99]) {
    report({
      name: `${name}.p${share * 100}`,
      value: percentile(values, share),
      unit: " ms",
      peer: { name: peer.name, value: percentile(peer.values, share) },
      ...(goal && { goal }),
    });
  }
}
