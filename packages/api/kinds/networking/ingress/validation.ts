import { isIP } from "node:net";
import {
  type FieldError,
  invalid,
  isDNS1035Label,
  isDNS1123Subdomain,
  isValidIP,
  isValidPortName,
  isValidPortNum,
  isWildcardDNS1123Subdomain,
  notSupported,
  required,
} from "@wherry/machinery";
import type {
  HTTPIngressPath,
  IngressBackend,
  IngressRule,
  IngressServiceBackend,
  IngressSpec,
  IngressStatus,
  IngressTLS,
} from "../../../generated/types.ts";
import { broken, each, named } from "../../rules.ts";
import { validateReference } from "../reference.ts";

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const FORBIDDEN_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const FORBIDDEN_ENDINGS = ["/..", "/."];

/** Source: networking validation `ValidateIngressSpec`. */
export function validateIngressSpec(spec: IngressSpec): FieldError[] {
  const empty = !spec.rules?.length && !spec.defaultBackend;
  const name = spec.ingressClassName;
  return [
    ...(empty ? [invalid("spec", spec.rules ?? [], "either `defaultBackend` or `rules` must be specified")] : []),
    ...(spec.defaultBackend ? backend(spec.defaultBackend, "spec.defaultBackend") : []),
    ...each(spec.rules, "spec.rules", rule),
    ...each(spec.tls, "spec.tls", tls),
    ...(name !== undefined ? broken("spec.ingressClassName", name, isDNS1123Subdomain(name)) : []),
  ];
}

/** Source: networking validation `ValidateIngressLoadBalancerStatus`. */
export function validateIngressStatus(status: IngressStatus | undefined): FieldError[] {
  return each(status?.loadBalancer?.ingress, "status.loadBalancer.ingress", ({ ip, hostname }, at) => [
    ...(ip ? broken(`${at}.ip`, ip, isValidIP(ip)) : []),
    ...(hostname ? [...broken(`${at}.hostname`, hostname, isDNS1123Subdomain(hostname)), ...notAddress(`${at}.hostname`, hostname)] : []),
  ]);
}

function notAddress(path: string, host: string): FieldError[] {
  return isIP(host) ? [invalid(path, host, "must be a DNS name, not an IP address")] : [];
}

function hostName(path: string, host: string): FieldError[] {
  return broken(path, host, host.includes("*") ? isWildcardDNS1123Subdomain(host) : isDNS1123Subdomain(host));
}

function rule(r: IngressRule, path: string): FieldError[] {
  const paths = r.http?.paths ?? [];
  return [
    ...(r.host ? [...notAddress(`${path}.host`, r.host), ...hostName(`${path}.host`, r.host)] : []),
    ...(r.http && paths.length === 0 ? [required(`${path}.http.paths`)] : []),
    ...each(paths, `${path}.http.paths`, httpPath),
  ];
}

function httpPath(p: HTTPIngressPath, path: string): FieldError[] {
  if (p.pathType === undefined) return [required(`${path}.pathType`, "pathType must be specified")];
  return [...pathErrors(p, path), ...backend(p.backend ?? {}, `${path}.backend`)];
}

function pathErrors({ path: value = "", pathType }: HTTPIngressPath, path: string): FieldError[] {
  if (!PATH_TYPES.includes(pathType)) return [notSupported(`${path}.pathType`, pathType, PATH_TYPES)];
  const at = `${path}.path`;
  const free = pathType === "ImplementationSpecific";
  const relative = !value.startsWith("/") && !(free && value === "");
  const errors = relative ? [invalid(at, value, "must be an absolute path")] : [];
  if (free) return errors;
  const within = FORBIDDEN_SEQUENCES.filter((s) => value.includes(s)).map((s) => invalid(at, value, `must not contain '${s}'`));
  const endings = FORBIDDEN_ENDINGS.filter((s) => value.endsWith(s)).map((s) => invalid(at, value, `cannot end with '${s}'`));
  return [...errors, ...within, ...endings];
}

function backend({ resource, service }: IngressBackend, path: string): FieldError[] {
  if (resource && service) return [invalid(path, "", "cannot set both resource and service backends")];
  if (resource) return validateReference(resource, `${path}.resource`);
  if (!service) return [invalid(path, "", "resource or service backend is required")];
  return [...named(`${path}.service.name`, service.name, isDNS1035Label), ...servicePort(service, path)];
}

function servicePort({ port: { name, number } = {} }: IngressServiceBackend, path: string): FieldError[] {
  if (name && number) return [invalid(path, "", "cannot set both port name & port number")];
  if (name) return broken(`${path}.service.port.name`, name, isValidPortName(name));
  if (number) return broken(`${path}.service.port.number`, number, isValidPortNum(number));
  return [required(path, "port name or number is required")];
}

function tls(t: IngressTLS, path: string): FieldError[] {
  return [
    ...(t.hosts ?? []).flatMap((host, i) => hostName(`${path}.hosts[${i}]`, host)),
    ...(t.secretName ? broken(`${path}.secretName`, t.secretName, isDNS1123Subdomain(t.secretName)) : []),
  ];
}
