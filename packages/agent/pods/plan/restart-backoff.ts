/** Delays between restarts of one container. Source: kubelet containerBackOffPeriod, MaxContainerBackOff. */
const INITIAL_MS = 10_000;
const MAX_MS = 300_000;
/** A container that ran so long begins anew. */
const RESET_MS = 2 * MAX_MS;

/** A start that has ended. `backoffMs` is what was decided when it was started. */
export interface EndedStart {
  createdAt: number;
  finishedAt: number;
  backoffMs: number;
}

/** When a container that ended may be started again, and the delay that its next end will bring. Times in milliseconds since the epoch. */
export function restartDelay({ createdAt, finishedAt, backoffMs }: EndedStart): { notBefore: number; nextBackoffMs: number } {
  if (backoffMs === 0 || finishedAt - createdAt > RESET_MS) return { notBefore: finishedAt, nextBackoffMs: INITIAL_MS };
  return { notBefore: finishedAt + backoffMs, nextBackoffMs: Math.min(MAX_MS, backoffMs * 2) };
}

/** `10s`, `1m20s`, as the kubelet writes a delay. */
export function formatDelay(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
