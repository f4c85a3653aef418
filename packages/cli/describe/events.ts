import type { Event } from "@wherry/api";
import { type ApiObject, humanAge } from "@wherry/machinery";
import type { Description } from "./description.ts";
import { LOOKUP, type Surroundings } from "./surroundings.ts";

/** Which events belong to an object; what is absent is not asked for. */
export interface EventSubject {
  name: string;
  namespace?: string | undefined;
  kind?: string | undefined;
  uid?: string | undefined;
}

/** The object itself, as its events refer to it. */
export const subjectOf = ({ kind, metadata }: ApiObject): EventSubject => ({
  kind,
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
});

/** The events of any of the subjects; undefined when they are not wanted. Ones that cannot be read are none. */
export async function findEvents(around: Surroundings, ...subjects: readonly EventSubject[]): Promise<Event[] | undefined> {
  if (!around.showEvents) return undefined;
  const lists = subjects.map((s) => around.client.list(LOOKUP.events, { namespace: s.namespace, fieldSelector: selector(s) }));
  return (await Promise.allSettled(lists)).flatMap((list) => (list.status === "fulfilled" ? list.value.items : []));
}

function selector({ name, namespace, kind, uid }: EventSubject): string {
  const terms = [
    ["involvedObject.name", name],
    ["involvedObject.namespace", namespace ?? ""],
    ["involvedObject.kind", kind],
    ["involvedObject.uid", uid],
  ];
  return terms.flatMap(([field, value]) => (value === undefined ? [] : [`${field}=${value}`])).join(",");
}

/** Adds the events of an object, which end most descriptions. */
export async function addEvents(d: Description, object: ApiObject, around: Surroundings): Promise<void> {
  addEventTable(d, await findEvents(around, subjectOf(object)), around.now);
}

/** The oldest event first. Source of the columns: kubectl pkg/describe/describe.go, `DescribeEvents`. */
export function addEventTable(d: Description, events: readonly Event[] | undefined, now: number): void {
  if (!events) return;
  if (!events.length) {
    d.line(0, "Events:", "<none>");
    return;
  }
  d.line(0, "Events:");
  d.line(1, "Type", "Reason", "Age", "From", "Message");
  d.line(1, "----", "------", "----", "----", "-------");
  for (const event of events.toSorted((a, b) => lastSeen(a) - lastSeen(b))) {
    const from = event.source?.component || event.reportingComponent || "";
    d.line(1, event.type ?? "", event.reason ?? "", age(event, now), from, (event.message ?? "").trim());
  }
}

/** Source: kubectl pkg/util/event/sorted_event_list.go. */
const lastSeen = ({ lastTimestamp }: Event): number => (lastTimestamp ? Date.parse(lastTimestamp) : Number.NEGATIVE_INFINITY);

function age({ eventTime, firstTimestamp, lastTimestamp, series, count = 0 }: Event, now: number): string {
  const first = humanAge(eventTime ?? firstTimestamp ?? undefined, now);
  if (series) return `${humanAge(series.lastObservedTime, now)} (x${series.count ?? 0} over ${first})`;
  return count > 1 ? `${humanAge(lastTimestamp ?? undefined, now)} (x${count} over ${first})` : first;
}
