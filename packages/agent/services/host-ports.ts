import { isPodTerminal, type Pod } from "@wherry/api";
import type { Protocol, ServicePort } from "@wherry/network";

/** Ports of the node that lead to a pod's containers (`hostPort`). A pod on the node's own network needs none. */
export function podHostPorts(pod: Pod): ServicePort[] {
  const ip = pod.status?.podIP;
  if (!ip || pod.spec?.hostNetwork || isPodTerminal(pod)) return [];
  const { name, namespace } = pod.metadata;
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, hostIP, containerPort, protocol = "TCP" }) => {
      if (!hostPort) return [];
      const anywhere = !hostIP || hostIP === "0.0.0.0";
      return [
        {
          id: `${namespace}/${name}:hostport-${protocol.toLowerCase()}-${hostPort}`,
          protocol: protocol as Protocol,
          addresses: anywhere ? [] : [hostIP],
          port: hostPort,
          ...(anywhere && { nodePort: hostPort }),
          endpoints: [{ ip, port: containerPort }],
        },
      ];
    }),
  );
}
