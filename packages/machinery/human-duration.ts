const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const two = (big: number, bigUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;

/**
 * A duration as an AGE column shows it: two units at most, coarser the longer it is. `<invalid>` when it lies more than a second in the
 * future. Source: apimachinery `duration.HumanDuration`.
 * @param ms milliseconds
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / SECOND);
  if (Number.isNaN(ms) || seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(ms / MINUTE);
  if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  return ofHours(Math.trunc(ms / HOUR), minutes);
}

function ofHours(hours: number, minutes: number): string {
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return two(days, "d", hours % 24, "h");
  if (days < 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? two(years, "y", days % 365, "d") : `${years}y`;
}

/** The age of something that was made at `since` (RFC 3339), or `<unknown>`. @param now milliseconds since the epoch */
export function humanAge(since: string | undefined, now: number): string {
  return since ? humanDuration(now - Date.parse(since)) : "<unknown>";
}
