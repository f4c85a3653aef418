import { defineKind, type FieldError, isDNS1123Label, isValidPortNum, required } from "@wherry/machinery";
import type { EndpointAddress, EndpointSubset, Endpoints as Type } from "../../generated/types.ts";
import { ageColumn, firstAndMore, nameColumn } from "../columns.ts";
import { broken, each, named, oneOf } from "../rules.ts";
import { endpointAddress, hostPort } from "./address.ts";
import { PROTOCOLS } from "./pod/port.ts";

export type Endpoints = Type;

const SHOWN = 3;

export const Endpoints = defineKind<Endpoints>({
  group: "",
  version: "v1",
  kind: "Endpoints",
  plural: "endpoints",
  singular: "endpoints",
  shortNames: ["ep"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Endpoints",
  allowCreateOnUpdate: true,
  defaults(o) {
    for (const port of (o.subsets ?? []).flatMap((s) => s.ports ?? [])) port.protocol ||= "TCP";
  },
  validate: (o) => each(o.subsets, "subsets", validateSubset),
  columns: [nameColumn, { name: "Endpoints", type: "string", value: (o) => endpointsCell(o.subsets ?? []) }, ageColumn],
});

/** Source: core validation `validateEndpointSubsets`. */
function validateSubset(s: EndpointSubset, path: string): FieldError[] {
  const empty = !s.addresses?.length && !s.notReadyAddresses?.length;
  const requireName = (s.ports?.length ?? 0) > 1;
  return [
    ...(empty ? [required(path, "must specify `addresses` or `notReadyAddresses`")] : []),
    ...each(s.addresses, `${path}.addresses`, validateAddress),
    ...each(s.notReadyAddresses, `${path}.notReadyAddresses`, validateAddress),
    ...each(s.ports, `${path}.ports`, (p, at) => [
      ...(requireName || p.name ? named(`${at}.name`, p.name, isDNS1123Label) : []),
      ...broken(`${at}.port`, p.port ?? 0, isValidPortNum(p.port ?? 0)),
      ...oneOf(`${at}.protocol`, p.protocol, PROTOCOLS),
    ]),
  ];
}

function validateAddress(a: EndpointAddress, path: string): FieldError[] {
  return [
    ...endpointAddress(`${path}.ip`, a.ip ?? ""),
    ...(a.hostname ? broken(`${path}.hostname`, a.hostname, isDNS1123Label(a.hostname)) : []),
  ];
}

/** Source: printers `formatEndpoints`. */
function endpointsCell(subsets: readonly EndpointSubset[]): string {
  if (subsets.length === 0) return "<none>";
  const all = subsets.flatMap((s) => {
    const ips = (s.addresses ?? []).map((a) => a.ip);
    return s.ports?.length ? s.ports.flatMap((p) => ips.map((ip) => hostPort(ip, p.port))) : ips;
  });
  return firstAndMore(all, SHOWN);
}
