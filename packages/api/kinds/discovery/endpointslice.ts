import { defineKind, semanticEqual } from "@wherry/machinery";
import type { DiscoveryEndpointPort, EndpointSlice as Type } from "../../generated/types.ts";
import { ageColumn, firstAndMore, nameColumn } from "../columns.ts";
import { type InertField, inertFieldWarnings, NO_EFFECT } from "../inert-field.ts";
import { immutable } from "../rules.ts";
import { validateSlice } from "./endpointslice/validation.ts";

export type EndpointSlice = Type;

/** What an EndpointSlice may say in vain. */
export const ENDPOINT_SLICE_INERT_FIELDS: readonly InertField[] = [{ path: "endpoints[].hints", note: NO_EFFECT }];

const SHOWN = 3;

export const EndpointSlice = defineKind<EndpointSlice>({
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  singular: "endpointslice",
  scope: "Namespaced",
  warnings: (o) => inertFieldWarnings(o, ENDPOINT_SLICE_INERT_FIELDS),
  schema: "io.k8s.api.discovery.v1.EndpointSlice",
  hasGeneration: true,
  isNewGeneration: (next, prev) => !semanticEqual(counted(next), counted(prev)),
  defaults(o) {
    for (const port of o.ports ?? []) {
      port.name ??= "";
      port.protocol ||= "TCP";
    }
  },
  validate: validateSlice,
  validateUpdate: (next, prev) => immutable("addressType", next.addressType, next.addressType === prev.addressType),
  columns: [
    nameColumn,
    { name: "AddressType", type: "string", value: (o) => o.addressType },
    { name: "Ports", type: "string", value: (o) => firstAndMore((o.ports ?? []).map(portCell), SHOWN) || "<unset>" },
    {
      name: "Endpoints",
      type: "string",
      value: (o) =>
        firstAndMore(
          (o.endpoints ?? []).flatMap((e) => e.addresses),
          SHOWN,
        ) || "<unset>",
    },
    ageColumn,
  ],
});

/** Labels count, too. Source: discovery strategy. */
const counted = ({ metadata, ...rest }: EndpointSlice) => ({ ...rest, labels: metadata.labels });

function portCell(p: DiscoveryEndpointPort): string {
  return p.port === undefined ? p.name || "*" : String(p.port);
}
