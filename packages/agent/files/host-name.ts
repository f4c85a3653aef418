import type { Pod } from "@wherry/api";

/** A pod's names on the network. */
export interface PodHostName {
  /** What the processes see as their host's name. */
  hostname: string;
  /** Short name. */
  short: string;
  /** `short.subdomain.namespace.svc.cluster.local`; undefined without a subdomain. */
  fqdn: string | undefined;
}

const MAX_LABEL = 63;

/** Source: kubelet GeneratePodHostNameAndDomain. */
export function podHostName(pod: Pod, clusterDomain: string, nodeName: string): PodHostName {
  const { hostname, subdomain, setHostnameAsFQDN, hostNetwork } = pod.spec ?? {};
  const short = hostname || cutLabel(pod.metadata.name);
  const fqdn = subdomain ? `${short}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : undefined;
  if (hostNetwork) return { hostname: nodeName, short: nodeName, fqdn: undefined };
  return { hostname: setHostnameAsFQDN && fqdn ? fqdn : short, short, fqdn };
}

/** Cut to a DNS label, which may not end in a dash or a dot. */
const cutLabel = (name: string): string => (name.length > MAX_LABEL ? name.slice(0, MAX_LABEL).replace(/[-.]+$/, "") : name);
