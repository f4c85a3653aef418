import type { Event } from "@wherry/api";

/** How long an event is kept after it last happened. Milliseconds. Source: kube-apiserver --event-ttl. */
export const EVENT_TTL_MS = 3_600_000;

/** When the event may go. Milliseconds since the epoch. */
export function expiryOf(event: Event): number {
  const { lastTimestamp, eventTime, series, metadata } = event;
  const times = [lastTimestamp, eventTime, series?.lastObservedTime, metadata.creationTimestamp].flatMap((t) => (t ? Date.parse(t) : []));
  return Math.max(0, ...times.filter(Number.isFinite)) + EVENT_TTL_MS;
}
