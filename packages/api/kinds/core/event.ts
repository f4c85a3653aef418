import { type Column, defineKind, humanAge } from "@wherry/machinery";
import type { Event as Type } from "../../generated/types.ts";
import { nameColumn } from "../columns.ts";
import { validateEvent } from "./event/validation.ts";

export type Event = Type;

const columns: readonly Column<Event>[] = [
  { name: "Last Seen", type: "string", value: (o, now) => humanAge(lastSeen(o), now) },
  { name: "Type", type: "string", value: (o) => o.type ?? "" },
  { name: "Reason", type: "string", value: (o) => o.reason ?? "" },
  { name: "Object", type: "string", value: target },
  { name: "Subobject", type: "string", priority: 1, value: (o) => o.involvedObject.fieldPath ?? "" },
  { name: "Source", type: "string", priority: 1, value: source },
  { name: "Message", type: "string", value: (o) => o.message?.trim() ?? "" },
  { name: "First Seen", type: "string", priority: 1, value: (o, now) => humanAge(firstSeen(o), now) },
  { name: "Count", type: "string", priority: 1, value: (o) => o.series?.count || o.count || 1 },
  { ...nameColumn, priority: 1 },
];

export const Event = defineKind<Event>({
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  singular: "event",
  shortNames: ["ev"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Event",
  allowCreateOnUpdate: true,
  defaultPropagation: "Unsupported",
  defaults(o) {
    o.involvedObject ??= {};
  },
  validate: (o) => validateEvent(o, "reportingComponent"),
  selectableFields: {
    "involvedObject.kind": (o) => o.involvedObject.kind ?? "",
    "involvedObject.namespace": (o) => o.involvedObject.namespace ?? "",
    "involvedObject.name": (o) => o.involvedObject.name ?? "",
    "involvedObject.uid": (o) => o.involvedObject.uid ?? "",
    "involvedObject.apiVersion": (o) => o.involvedObject.apiVersion ?? "",
    "involvedObject.resourceVersion": (o) => o.involvedObject.resourceVersion ?? "",
    "involvedObject.fieldPath": (o) => o.involvedObject.fieldPath ?? "",
    reason: (o) => o.reason ?? "",
    reportingComponent: (o) => o.reportingComponent ?? "",
    source: (o) => o.source?.component || o.reportingComponent || "",
    type: (o) => o.type ?? "",
  },
  columns,
});

const firstSeen = (o: Event) => o.firstTimestamp ?? o.eventTime;
const lastSeen = (o: Event) => o.series?.lastObservedTime ?? o.lastTimestamp ?? firstSeen(o);

function target(o: Event): string {
  const kind = (o.involvedObject.kind ?? "").toLowerCase();
  return o.involvedObject.name ? `${kind}/${o.involvedObject.name}` : kind;
}

function source(o: Event): string {
  const component = o.source?.component || o.reportingComponent || "";
  const instance = o.source?.host || o.reportingInstance;
  return instance ? `${component}, ${instance}` : component;
}
