/** What came of a number of equal tasks: those that ended well, and why the others of the last batch did not. */
export interface SlowStartResult {
  done: number;
  errors: unknown[];
}

/**
 * Runs `count` equal tasks in batches of 1, 2, 4 ..., each batch at once, and stops after the first batch with a failure: when all would fail for one
 * reason, few are tried. Each task gets its number, from 0. Never rejects. Source: replica_set.go slowStartBatch.
 */
export async function slowStart(count: number, task: (index: number) => Promise<void>): Promise<SlowStartResult> {
  const result: SlowStartResult = { done: 0, errors: [] };
  for (let size = 1, begun = 0; begun < count && result.errors.length === 0; begun += size, size *= 2) {
    const first = begun;
    const batch = await Promise.allSettled(Array.from({ length: Math.min(size, count - begun) }, (_, i) => task(first + i)));
    for (const one of batch) {
      if (one.status === "fulfilled") result.done++;
      else result.errors.push(one.reason);
    }
  }
  return result;
}
