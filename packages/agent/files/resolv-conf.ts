import type { Pod } from "@wherry/api";

/** What a resolver is told. Options are as resolv.conf writes them: `ndots:5`, `use-vc`. */
export interface ResolverConfig {
  nameservers: readonly string[];
  searches: readonly string[];
  options: readonly string[];
}

/** Source: kubelet pkg/kubelet/network/dns, and glibc's own limit of name servers. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARS = 2048;

/** How a pod resolves names, and what had to be left out of it (for a DNSConfigForming event). */
export function podResolver(
  pod: Pod,
  cluster: { dns: string; domain: string },
  host: ResolverConfig,
): { config: ResolverConfig; warnings: string[] } {
  const { dnsPolicy = "ClusterFirst", dnsConfig, hostNetwork } = pod.spec ?? {};
  const useCluster = dnsPolicy === "ClusterFirstWithHostNet" || (dnsPolicy === "ClusterFirst" && !hostNetwork);
  const base = dnsPolicy === "None" ? empty : useCluster ? clusterFirst(pod, cluster, host) : host;
  const options = new Map(base.options.map((o) => [optionName(o), o]));
  for (const { name, value } of dnsConfig?.options ?? []) if (name) options.set(name, value === undefined ? name : `${name}:${value}`);
  return bounded({
    nameservers: unique([...base.nameservers, ...(dnsConfig?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(dnsConfig?.searches ?? [])]),
    options: [...options.values()],
  });
}

const empty: ResolverConfig = { nameservers: [], searches: [], options: [] };
const optionName = (option: string): string => option.split(":")[0]!;
const unique = (items: readonly string[]): string[] => [...new Set(items)];

function clusterFirst(pod: Pod, { dns, domain }: { dns: string; domain: string }, host: ResolverConfig): ResolverConfig {
  const own = [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
  return { nameservers: [dns], searches: unique([...own, ...host.searches]), options: ["ndots:5"] };
}

function bounded(config: ResolverConfig): { config: ResolverConfig; warnings: string[] } {
  const warnings: string[] = [];
  const nameservers = config.nameservers.slice(0, MAX_NAMESERVERS);
  if (nameservers.length < config.nameservers.length)
    warnings.push(
      `Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${nameservers.join(" ")}`,
    );
  const searches = config.searches.slice(0, MAX_SEARCHES);
  while (searches.join(" ").length > MAX_SEARCH_CHARS) searches.pop();
  if (searches.length < config.searches.length)
    warnings.push(
      `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${searches.join(" ")}`,
    );
  return { config: { nameservers, searches, options: config.options }, warnings };
}

/** The file's text. */
export function formatResolvConf({ nameservers, searches, options }: ResolverConfig): string {
  const lines = [
    ...(searches.length ? [`search ${searches.join(" ")}`] : []),
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(options.length ? [`options ${options.join(" ")}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Reads a resolv.conf: the last `search` or `domain` line counts, all others add up. */
export function parseResolvConf(text: string): ResolverConfig {
  const nameservers: string[] = [];
  const options: string[] = [];
  let searches: string[] = [];
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === "nameserver" && rest[0]) nameservers.push(rest[0]);
    else if (word === "options") options.push(...rest);
    else if (word === "search" || word === "domain") searches = rest.filter((name) => name !== ".");
  }
  return { nameservers, searches, options };
}
