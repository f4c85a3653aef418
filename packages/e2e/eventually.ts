import { systemClock } from "@wherry/base";

const INTERVAL_MS = 50;

/**
 * Asks again and again until `check` neither throws nor gives undefined or false, and gives its answer. Fails with the last reason after `seconds`: a bound on
 * a hang, not a measure of speed.
 */
export async function eventually<T>(
  check: () => Promise<T> | T,
  seconds = 60,
  intervalMs = INTERVAL_MS,
): Promise<Exclude<T, undefined | false>> {
  const deadline = systemClock.now() + seconds * 1000;
  let why: unknown = "it stayed false";
  while (systemClock.now() < deadline) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    } catch (error) {
      why = error;
    }
    await systemClock.sleep(intervalMs);
  }
  throw new Error(`did not come true within ${seconds} s: ${why instanceof Error ? why.message : String(why)}`, { cause: why });
}
