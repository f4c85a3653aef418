import { BlockList } from "node:net";
import {
  defineKind,
  type FieldError,
  forbiddenField,
  invalid,
  isValidCIDR,
  isValidPortNum,
  notSupported,
  required,
  validateLabelSelector,
} from "@wherry/machinery";
import type { IPBlock, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec, NetworkPolicy as Type } from "../../generated/types.ts";
import { formatSelector } from "../apps/selector.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { broken, each, oneOfIfSet, portOrName } from "../rules.ts";

export type NetworkPolicy = Type;

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const POLICY_TYPES = ["Ingress", "Egress"];

export const NetworkPolicy = defineKind<NetworkPolicy>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  singular: "networkpolicy",
  shortNames: ["netpol"],
  scope: "Namespaced",
  schema: "io.k8s.api.networking.v1.NetworkPolicy",
  hasGeneration: true,
  defaults,
  validate: (o) => validateSpec(o.spec),
  warnings: notActedOn,
  columns: [nameColumn, { name: "Pod-Selector", type: "string", value: (o) => formatSelector(o.spec.podSelector) }, ageColumn],
});

/** Source: networking/v1 defaults `SetDefaults_NetworkPolicy`, `SetDefaults_NetworkPolicyPort`. */
function defaults(o: NetworkPolicy): void {
  o.spec ??= {} as NetworkPolicySpec;
  const { spec } = o;
  spec.podSelector ??= {};
  if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= "TCP";
}

/** Source: networking validation `ValidateNetworkPolicySpec`. */
function validateSpec(spec: NetworkPolicySpec): FieldError[] {
  return [
    ...validateLabelSelector(spec.podSelector, "spec.podSelector"),
    ...each(spec.ingress, "spec.ingress", ({ ports, from }, at) => [
      ...each(ports, `${at}.ports`, validatePort),
      ...each(from, `${at}.from`, validatePeer),
    ]),
    ...each(spec.egress, "spec.egress", ({ ports, to }, at) => [
      ...each(ports, `${at}.ports`, validatePort),
      ...each(to, `${at}.to`, validatePeer),
    ]),
    ...policyTypes(spec.policyTypes ?? []),
  ];
}

function policyTypes(types: readonly string[]): FieldError[] {
  const path = "spec.policyTypes";
  if (types.length > POLICY_TYPES.length) return [invalid(path, types, "may not specify more than two policyTypes")];
  return each(types, path, (type, at) => (POLICY_TYPES.includes(type) ? [] : [notSupported(at, type, POLICY_TYPES)]));
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string): FieldError[] {
  const errors = oneOfIfSet(`${path}.protocol`, protocol, PROTOCOLS);
  const last = endPort === undefined ? [] : endPortErrors(port, endPort, `${path}.endPort`);
  if (port === undefined) return [...errors, ...last];
  const own = portOrName(`${path}.port`, port);
  return typeof port === "number" ? [...errors, ...own, ...last] : [...errors, ...last, ...own];
}

function endPortErrors(port: number | string | undefined, endPort: number, path: string): FieldError[] {
  if (port === undefined) return [invalid(path, endPort, "may not be specified when `port` is not specified")];
  if (typeof port === "string") return [invalid(path, endPort, "may not be specified when `port` is non-numeric")];
  const low = endPort < port ? [invalid(path, endPort, "must be greater than or equal to `port`")] : [];
  return [...low, ...broken(path, endPort, isValidPortNum(endPort))];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: string): FieldError[] {
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  return [
    ...validateLabelSelector(podSelector, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...(ipBlock ? validateBlock(ipBlock, `${path}.ipBlock`) : []),
    ...(!selects && !ipBlock ? [required(path, "must specify a peer")] : []),
    ...(selects && ipBlock ? [forbiddenField(path, "may not specify both ipBlock and another peer")] : []),
  ];
}

function validateBlock({ cidr, except }: IPBlock, path: string): FieldError[] {
  if (!cidr) return [required(`${path}.cidr`)];
  const errors = broken(`${path}.cidr`, cidr, isValidCIDR(cidr));
  if (errors.length > 0) return errors;
  return each(except, `${path}.except`, (inner, at) => {
    const wrong = broken(at, inner, isValidCIDR(inner));
    if (wrong.length > 0 || isStrictSubset(inner, cidr)) return wrong;
    return [invalid(at, inner, "must be a strict subset of `cidr`")];
  });
}

function isStrictSubset(inner: string, outer: string): boolean {
  const [innerRange, outerRange] = [rangeOf(inner), rangeOf(outer)];
  const list = new BlockList();
  list.addSubnet(outerRange.address, outerRange.prefix, outerRange.family);
  return outerRange.prefix < innerRange.prefix && list.check(innerRange.address, innerRange.family);
}

function rangeOf(cidr: string): { address: string; prefix: number; family: "ipv4" | "ipv6" } {
  const [address = "", prefix] = cidr.split("/");
  return { address, prefix: Number(prefix), family: address.includes(":") ? "ipv6" : "ipv4" };
}
