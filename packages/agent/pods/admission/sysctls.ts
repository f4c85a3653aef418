import type { Pod } from "@wherry/api";
import type { Refusal } from "./admission.ts";

/** Namespaced, and harmless to other pods. Source: kubelet pkg/kubelet/sysctl SafeSysctlAllowlist. */
const SAFE = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
]);

export function forbiddenSysctl(pod: Pod): Refusal | undefined {
  const { hostNetwork, hostIPC, securityContext } = pod.spec ?? {};
  for (const { name } of securityContext?.sysctls ?? []) {
    const normal = name.replaceAll("/", ".");
    if (!SAFE.has(normal)) return { reason: "SysctlForbidden", message: `forbidden sysctl: "${name}" not allowlisted` };
    if (hostNetwork && normal.startsWith("net."))
      return { reason: "SysctlForbidden", message: `forbidden sysctl: "${name}" not allowed with host net enabled` };
    if (hostIPC && normal.startsWith("kernel."))
      return { reason: "SysctlForbidden", message: `forbidden sysctl: "${name}" not allowed with host ipc enabled` };
  }
  return undefined;
}
