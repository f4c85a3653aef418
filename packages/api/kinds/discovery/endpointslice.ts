import { isIPv4, isIPv6 } from "node:net";
import {
  defineKind,
  duplicate,
  type FieldError,
  invalid,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  required,
  tooMany,
} from "@wherry/machinery";
import type { DiscoveryEndpointPort, Endpoint, EndpointSlice as Type } from "../../generated/types.ts";
import { ageColumn, firstAndMore, nameColumn } from "../columns.ts";
import { endpointAddress } from "../core/address.ts";
import { PROTOCOLS } from "../core/pod/port.ts";
import { type InertField, inertFieldWarnings, NO_EFFECT } from "../inert-field.ts";
import { broken, each, immutable, oneOf } from "../rules.ts";

export type EndpointSlice = Type;

/** What an EndpointSlice may say in vain. */
export const ENDPOINT_SLICE_INERT_FIELDS: readonly InertField[] = [{ path: "endpoints[].hints", note: NO_EFFECT }];

const SHOWN = 3;
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20000;

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
  defaults(o) {
    for (const port of o.ports ?? []) {
      port.name ??= "";
      port.protocol ||= "TCP";
    }
  },
  validate,
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

function portCell(p: DiscoveryEndpointPort): string {
  return p.port === undefined ? p.name || "*" : String(p.port);
}

/** Source: discovery validation `ValidateEndpointSlice`. */
function validate(o: EndpointSlice): FieldError[] {
  const endpoints = o.endpoints ?? [];
  return [
    ...oneOf("addressType", o.addressType, ["FQDN", "IPv4", "IPv6"]),
    ...(endpoints.length > MAX_ENDPOINTS ? [tooMany("endpoints", endpoints.length, MAX_ENDPOINTS)] : []),
    ...each(endpoints, "endpoints", (e, at) => validateEndpoint(e, o.addressType, at)),
    ...validatePorts(o.ports ?? []),
  ];
}

function validateEndpoint(e: Endpoint, type: string, path: string): FieldError[] {
  const addresses = e.addresses ?? [];
  const at = `${path}.addresses`;
  return [
    ...(addresses.length === 0 ? [required(at, "must contain at least 1 address")] : []),
    ...(addresses.length > MAX_ADDRESSES ? [tooMany(at, addresses.length, MAX_ADDRESSES)] : []),
    ...addresses.flatMap((a, i) => validateAddress(`${at}[${i}]`, a, type)),
    ...(e.hostname ? broken(`${path}.hostname`, e.hostname, isDNS1123Label(e.hostname)) : []),
    ...(e.nodeName ? broken(`${path}.nodeName`, e.nodeName, isDNS1123Subdomain(e.nodeName)) : []),
  ];
}

function validateAddress(path: string, address: string, type: string): FieldError[] {
  if (type === "FQDN") return broken(path, address, isDNS1123Subdomain(address));
  const good = type === "IPv6" ? isIPv6(address) : isIPv4(address);
  if (!good) return [invalid(path, address, `must be a valid ${type === "IPv6" ? "IPv6" : "IPv4"} address`)];
  return endpointAddress(path, address);
}

function validatePorts(ports: readonly DiscoveryEndpointPort[]): FieldError[] {
  const names = new Set<string>();
  const many = ports.length > MAX_PORTS ? [tooMany("ports", ports.length, MAX_PORTS)] : [];
  const errors = each(ports, "ports", (p, at) => {
    const name = p.name ?? "";
    const again = names.has(name) ? [duplicate(`${at}.name`, name)] : [];
    names.add(name);
    return [
      ...(name ? broken(`${at}.name`, name, isDNS1123Label(name)) : []),
      ...again,
      ...oneOf(`${at}.protocol`, p.protocol, PROTOCOLS),
      ...(p.appProtocol ? broken(`${at}.appProtocol`, p.appProtocol, isQualifiedName(p.appProtocol)) : []),
    ];
  });
  return [...many, ...errors];
}
