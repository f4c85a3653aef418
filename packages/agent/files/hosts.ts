import type { HostAlias } from "@wherry/api";
import type { PodHostName } from "./host-name.ts";

const HEAD = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

/** /etc/hosts of a pod with a network of its own. Source: kubelet managedHostsFileContent. */
export function hostsFile(podIP: string, name: PodHostName, aliases: readonly HostAlias[] | undefined): string {
  const own = name.fqdn ? `${podIP}\t${name.fqdn}\t${name.short}\n` : `${podIP}\t${name.short}\n`;
  return `# Kubernetes-managed hosts file.\n${HEAD}${own}${aliasLines(aliases)}`;
}

/** /etc/hosts of a pod on the node's network: the node's own, and the aliases. */
export function nodeHostsFile(nodeHosts: string, aliases: readonly HostAlias[] | undefined): string {
  return `# Kubernetes-managed hosts file (host network).\n${nodeHosts}${aliasLines(aliases)}`;
}

function aliasLines(aliases: readonly HostAlias[] | undefined): string {
  if (!aliases?.length) return "";
  return `\n# Entries added by HostAliases.\n${aliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join("\t")}\n`).join("")}`;
}
