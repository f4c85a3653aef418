/** `812ms`, `2.314s`, `1m4.2s`: Go's way to write a duration, to the millisecond. */
export function formatElapsed(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = Number(((ms - minutes * 60_000) / 1000).toFixed(3));
  return minutes ? `${minutes}m${seconds}s` : `${seconds}s`;
}
