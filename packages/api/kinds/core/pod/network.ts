import { type FieldError, invalid, isDNS1123Label, isDNS1123Subdomain, isValidIP, required } from "@wherry/machinery";
import type { PodDNSConfig, PodSpec } from "../../../generated/types.ts";
import { broken, each, oneOf, present } from "../../rules.ts";

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;
const BAD_IP = "must be valid IP address";

/** All that names a pod and tells it how to find names. */
export function validateNames(spec: PodSpec, path: string): FieldError[] {
  return [
    ...(spec.hostname ? broken(`${path}.hostname`, spec.hostname, isDNS1123Label(spec.hostname)) : []),
    ...(spec.subdomain ? broken(`${path}.subdomain`, spec.subdomain, isDNS1123Label(spec.subdomain)) : []),
    ...each(spec.hostAliases, `${path}.hostAliases`, (alias, at) => [
      ...(isValidIP(alias.ip ?? "").length > 0 ? [invalid(`${at}.ip`, alias.ip ?? "", BAD_IP)] : []),
      ...(alias.hostnames ?? []).flatMap((name) => broken(`${at}.hostnames`, name, isDNS1123Subdomain(name))),
    ]),
    ...oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ...validateDnsConfig(spec, `${path}.dnsConfig`),
  ];
}

/** Source: core validation `validatePodDNSConfig`. */
function validateDnsConfig(spec: PodSpec, path: string): FieldError[] {
  const config = spec.dnsConfig;
  if (spec.dnsPolicy === "None" && !config?.nameservers?.length) {
    const detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
    return [required(config ? `${path}.nameservers` : path, detail), ...(config ? validateConfig(config, path) : [])];
  }
  return config ? validateConfig(config, path) : [];
}

function validateConfig(c: PodDNSConfig, path: string): FieldError[] {
  const servers = c.nameservers ?? [];
  const searches = c.searches ?? [];
  const errors: FieldError[] = [];
  if (servers.length > MAX_NAMESERVERS) {
    errors.push(invalid(`${path}.nameservers`, servers, `must not have more than ${MAX_NAMESERVERS} nameservers`));
  }
  if (searches.length > MAX_SEARCHES)
    errors.push(invalid(`${path}.searches`, searches, `must not have more than ${MAX_SEARCHES} search paths`));
  if (searches.join(" ").length > MAX_SEARCH_CHARACTERS) {
    const detail = `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`;
    errors.push(invalid(`${path}.searches`, searches, detail));
  }
  return [
    ...errors,
    ...servers.flatMap((ip, i) => (isValidIP(ip).length > 0 ? [invalid(`${path}.nameservers[${i}]`, ip, BAD_IP)] : [])),
    ...searches.flatMap((s, i) => broken(`${path}.searches[${i}]`, s, isDNS1123Subdomain(s.replace(/\.$/, "")))),
    ...each(c.options, `${path}.options`, (o, at) => present(at, o.name, "must not be empty")),
  ];
}
