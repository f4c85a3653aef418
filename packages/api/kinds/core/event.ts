import { defineKind } from "@wherry/machinery";
import type { Event as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type Event = Type;

export const Event = defineKind<Event>({
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  singular: "event",
  shortNames: ["ev"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Event",
  columns: [nameColumn, ageColumn],
});
