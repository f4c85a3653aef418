import { isRestartableInit, type Pod } from "@wherry/api";
import type { Refusal } from "./admission.ts";

interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

const ANY = "0.0.0.0";

/** Ports of the node that the pod's containers want. */
export function hostPorts(pod: Pod): HostPort[] {
  const sidecarsToo = [...(pod.spec?.initContainers ?? []).filter((c) => isRestartableInit(c)), ...(pod.spec?.containers ?? [])];
  return sidecarsToo.flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, hostIP, protocol = "TCP" }) =>
      hostPort ? [{ ip: hostIP || ANY, protocol, port: hostPort }] : [],
    ),
  );
}

export function hostPortConflict(pod: Pod, others: readonly Pod[]): Refusal | undefined {
  const taken = others.flatMap(hostPorts);
  if (!hostPorts(pod).some((wanted) => taken.some((other) => clash(wanted, other)))) return undefined;
  return { reason: "NodePorts", message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports" };
}

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY || b.ip === ANY);
