import { defineKind } from "@wherry/machinery";
import type { EndpointSlice as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type EndpointSlice = Type;

export const EndpointSlice = defineKind<EndpointSlice>({
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  singular: "endpointslice",
  scope: "Namespaced",
  schema: "io.k8s.api.discovery.v1.EndpointSlice",
  columns: [nameColumn, ageColumn],
});
