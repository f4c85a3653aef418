import { isIP, isIPv4, isIPv6 } from "node:net";
import {
  duplicate,
  type FieldError,
  invalid,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
  required,
  tooMany,
  validateLabels,
} from "@wherry/machinery";
import type { DiscoveryEndpointPort, Endpoint, EndpointHints, EndpointSlice } from "../../../generated/types.ts";
import { endpointAddress } from "../../core/address.ts";
import { PROTOCOLS } from "../../core/pod/port.ts";
import { broken, each, oneOf } from "../../rules.ts";

const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20000;
const MAX_TOPOLOGY = 16;
const MAX_ZONES = 8;

/** Source: discovery validation `ValidateEndpointSlice`. */
export function validateSlice({ addressType, endpoints = [], ports = [] }: EndpointSlice): FieldError[] {
  return [
    ...oneOf("addressType", addressType, ["FQDN", "IPv4", "IPv6"]),
    ...(endpoints.length > MAX_ENDPOINTS
      ? [tooMany("endpoints", endpoints.length, MAX_ENDPOINTS)]
      : each(endpoints, "endpoints", (e, at) => validateEndpoint(e, addressType, at))),
    ...(ports.length > MAX_PORTS ? [tooMany("ports", ports.length, MAX_PORTS)] : validatePorts(ports)),
  ];
}

function validateEndpoint(e: Endpoint, type: string, path: string): FieldError[] {
  const { addresses = [], deprecatedTopology: topology = {}, nodeName, hostname, hints } = e;
  const at = `${path}.addresses`;
  const labels = Object.keys(topology).length;
  return [
    ...(addresses.length === 0 ? [required(at, "must contain at least 1 address")] : []),
    ...(addresses.length > MAX_ADDRESSES ? [tooMany(at, addresses.length, MAX_ADDRESSES)] : []),
    ...addresses.flatMap((a, i) => validateAddress(`${at}[${i}]`, a, type)),
    ...(nodeName !== undefined ? broken(`${path}.nodeName`, nodeName, isDNS1123Subdomain(nodeName)) : []),
    ...(labels > MAX_TOPOLOGY ? [tooMany(`${path}.deprecatedTopology`, labels, MAX_TOPOLOGY)] : []),
    ...validateLabels(topology, `${path}.deprecatedTopology`),
    ...(hostname !== undefined ? broken(`${path}.hostname`, hostname, isDNS1123Label(hostname)) : []),
    ...(hints ? validateHints(hints, `${path}.hints.forZones`) : []),
  ];
}

function validateAddress(path: string, address: string, type: string): FieldError[] {
  if (type === "FQDN") return fullyQualified(path, address);
  if (type !== "IPv4" && type !== "IPv6") return [];
  const good = type === "IPv6" ? isIPv6(address) : isIPv4(address);
  const wrong = good ? [] : [invalid(path, address, `must be a valid ${type} address`)];
  return [...wrong, ...(isIP(address) ? endpointAddress(path, address) : [invalid(path, address, "must be a valid IP address")])];
}

/** Source: apimachinery `validation.IsFullyQualifiedDomainName`. */
function fullyQualified(path: string, value: string): FieldError[] {
  if (value === "") return [required(path)];
  const name = value.replace(/\.$/, "");
  const errors = isDNS1123Subdomain(name);
  if (errors.length > 0) return [invalid(path, name, errors.join(","))];
  const labels = name.split(".");
  if (labels.length < 2) return [invalid(path, name, "should be a domain with at least two segments separated by dots")];
  return labels.flatMap((label) => {
    const wrong = isDNS1123Label(label);
    return wrong.length > 0 ? [invalid(path, label, wrong.join(","))] : [];
  });
}

function validateHints({ forZones = [] }: EndpointHints, path: string): FieldError[] {
  if (forZones.length > MAX_ZONES) return [tooMany(path, forZones.length, MAX_ZONES)];
  const names = forZones.map((z) => z.name);
  return each(forZones, path, ({ name = "" }, at, i) => [
    ...(names.indexOf(name) < i ? [duplicate(`${at}.name`, name)] : []),
    ...broken(`${at}.name`, name, isValidLabelValue(name)),
  ]);
}

function validatePorts(ports: readonly DiscoveryEndpointPort[]): FieldError[] {
  const names = ports.map((p) => p.name ?? "");
  return each(ports, "ports", ({ name = "", protocol, appProtocol }, at, i) => [
    ...(name ? broken(`${at}.name`, name, isDNS1123Label(name)) : []),
    ...(names.indexOf(name) < i ? [duplicate(`${at}.name`, name)] : []),
    ...oneOf(`${at}.protocol`, protocol, PROTOCOLS),
    ...(appProtocol !== undefined ? broken(`${at}.appProtocol`, appProtocol, isQualifiedName(appProtocol)) : []),
  ]);
}
