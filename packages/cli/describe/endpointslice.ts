import type { Endpoint, EndpointSlice } from "@wherry/api";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import type { Surroundings } from "./surroundings.ts";

const UNSET = "<unset>";

/** An endpoint slice. Source: kubectl pkg/describe/describe.go, `describeEndpointSliceV1`. */
export async function describe(d: Description, slice: EndpointSlice, around: Surroundings): Promise<void> {
  addName(d, slice);
  addLabels(d, slice);
  d.line(0, "AddressType:", slice.addressType);
  d.line(0, slice.ports?.length ? "Ports:" : "Ports: <unset>");
  if (slice.ports?.length) {
    d.line(1, "Name", "Port", "Protocol");
    d.line(1, "----", "----", "--------");
  }
  for (const { name, port, protocol = "" } of slice.ports ?? []) d.line(1, name || UNSET, String(port ?? UNSET), protocol);
  d.line(0, slice.endpoints?.length ? "Endpoints:" : "Endpoints: <none>");
  for (const endpoint of slice.endpoints ?? []) addEndpoint(d, endpoint);
  await addEvents(d, slice, around);
}

function addEndpoint(d: Description, { addresses, conditions, hostname, targetRef, nodeName, zone }: Endpoint): void {
  d.line(1, "- Addresses:", addresses.join(", ") || "<none>");
  d.line(2, "Conditions:");
  d.line(3, "Ready:", String(conditions?.ready ?? UNSET));
  d.line(2, "Hostname:", hostname ?? UNSET);
  if (targetRef) d.line(2, "TargetRef:", `${targetRef.kind ?? ""}/${targetRef.name ?? ""}`);
  d.line(2, "NodeName:", nodeName ?? UNSET);
  d.line(2, "Zone:", zone ?? UNSET);
}
