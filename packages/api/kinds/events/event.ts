import { defineKind, type FieldError, invalid, required, semanticEqual } from "@wherry/machinery";
import type { Event as CoreEvent, EventsEvent } from "../../generated/types.ts";
import { columnsThrough } from "../columns.ts";
import { validateEvent } from "../core/event/validation.ts";
import { Event as Stored } from "../core/event.ts";
import { immutable } from "../rules.ts";

export type EventsV1Event = EventsEvent;

/** The events of the core group under their newer names. Source: `events.k8s.io/v1` Event. */
export const EventsV1Event = defineKind<EventsEvent>({
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  singular: "event",
  shortNames: ["ev"],
  scope: "Namespaced",
  schema: "io.k8s.api.events.v1.Event",
  storedAs: { kind: Stored, toStored, fromStored },
  validate: (o) => validateEvent(toStored(o), "reportingController"),
  validateCreate,
  validateUpdate,
  selectableFields: {
    "regarding.kind": (o) => o.regarding?.kind ?? "",
    "regarding.namespace": (o) => o.regarding?.namespace ?? "",
    "regarding.name": (o) => o.regarding?.name ?? "",
    "regarding.uid": (o) => o.regarding?.uid ?? "",
    "regarding.apiVersion": (o) => o.regarding?.apiVersion ?? "",
    "regarding.resourceVersion": (o) => o.regarding?.resourceVersion ?? "",
    "regarding.fieldPath": (o) => o.regarding?.fieldPath ?? "",
    reason: (o) => o.reason ?? "",
    reportingController: (o) => o.reportingController ?? "",
    type: (o) => o.type ?? "",
  },
  columns: columnsThrough(Stored.columns, toStored),
});

/** This version's name of a field, and the core version's. Source: events/v1 `conversion.go`. */
const RENAMED = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
  ["reportingController", "reportingComponent"],
] as const;

const TO_STORED = new Map<string, string>(RENAMED);
const FROM_STORED = new Map<string, string>(RENAMED.map(([own, core]) => [core, own]));

function renamed(o: object, names: ReadonlyMap<string, string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(o).map(([field, value]) => [names.get(field) ?? field, value]));
}

function toStored(o: EventsEvent): CoreEvent {
  const stored = renamed(o, TO_STORED);
  if (stored.eventTime === null) delete stored.eventTime;
  return { involvedObject: {}, ...stored } as unknown as CoreEvent;
}

/** An event of the core group may have no event time: here that is a null, as the field is always there. */
function fromStored(stored: CoreEvent): EventsEvent {
  return { eventTime: null, ...renamed(stored, FROM_STORED) } as unknown as EventsEvent;
}

const UNUSED = ["deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount", "deprecatedSource"] as const;

/** Source: core validation `ValidateEventCreate`. It names the fields as the stored version does. */
function validateCreate(o: EventsEvent): FieldError[] {
  const type = o.type ?? "";
  return [
    ...validateSeries(o),
    ...(o.eventTime ? [] : [required("eventTime")]),
    ...(type === "Normal" || type === "Warning" ? [] : [invalid("type", "", `has invalid value: ${type}`)]),
    ...UNUSED.filter((field) => isGiven(o[field])).map((field) => invalid(TO_STORED.get(field) as string, "", "needs to be unset")),
  ];
}

const isGiven = (value: unknown) => Boolean(value) && !semanticEqual(value, {});

function validateSeries({ series }: EventsEvent): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid("series.count", "", "should be at least 2")] : []),
    ...(series.lastObservedTime ? [] : [required("series.lastObservedTime")]),
  ];
}

const FIXED = ["involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type", "eventTime"].concat([
  "action",
  "related",
  "reportingController",
  "reportingInstance",
]);

/** An event is what it was; only its series goes on. Source: core validation `ValidateEventUpdate`. */
function validateUpdate(next: EventsEvent, prev: EventsEvent): FieldError[] {
  const series = semanticEqual(next.series, prev.series) ? [] : validateSeries(next);
  const field = (o: EventsEvent, name: string) => (o as unknown as Record<string, unknown>)[FROM_STORED.get(name) ?? name];
  return [...series, ...FIXED.flatMap((name) => immutable(name, field(next, name), semanticEqual(field(next, name), field(prev, name))))];
}
