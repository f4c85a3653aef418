import type { EndpointSlice } from "@wherry/api";
import { firstAndMore } from "@wherry/api/kinds/columns.ts";
import { LOOKUP, type Surroundings } from "./surroundings.ts";

const SHOWN = 3;

/** The ready endpoints of a service by the name of its port: `10.0.0.1:80,10.0.0.2:80`, three at most; `<none>` when it has no slices. */
export async function endpointsOf(
  namespace: string | undefined,
  service: string,
  { client }: Surroundings,
): Promise<(portName: string) => string> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const found = await client.list(LOOKUP.endpointSlices, { namespace, labelSelector }).catch(() => undefined);
  const slices = found?.items ?? [];
  return (portName) =>
    slices.length
      ? firstAndMore(
          slices.flatMap((slice) => addressesOf(slice, portName)),
          SHOWN,
        )
      : "<none>";
}

/** Source: kubectl pkg/describe/describe.go, `formatEndpointSlices`. */
function addressesOf({ ports, endpoints }: EndpointSlice, portName: string): string[] {
  const ready = (endpoints ?? []).filter((e) => e.conditions?.ready !== false).map((e) => e.addresses[0] ?? "");
  if (!ports?.length) return ready;
  const matching = ports.filter((port) => (port.name ?? "") === portName);
  return matching.flatMap(({ port }) => ready.map((address) => `${address.includes(":") ? `[${address}]` : address}:${port}`));
}
