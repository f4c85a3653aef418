import type { EndpointAddress, EndpointSubset, Endpoints } from "@wherry/api";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import type { Surroundings } from "./surroundings.ts";

/** Endpoints. Source: kubectl pkg/describe/describe.go, `describeEndpoints`. */
export async function describe(d: Description, endpoints: Endpoints, around: Surroundings): Promise<void> {
  addName(d, endpoints);
  addLabels(d, endpoints);
  d.line(0, "Subsets:");
  for (const subset of endpoints.subsets ?? []) addSubset(d, subset);
  await addEvents(d, endpoints, around);
}

function addSubset(d: Description, { addresses, notReadyAddresses, ports }: EndpointSubset): void {
  d.line(1, "Addresses:", inLine(addresses));
  d.line(1, "NotReadyAddresses:", inLine(notReadyAddresses));
  if (ports?.length) {
    d.line(1, "Ports:");
    d.line(2, "Name", "Port", "Protocol");
    d.line(2, "----", "----", "--------");
  }
  for (const { name, port, protocol = "" } of ports ?? []) d.line(2, name || "<unset>", String(port), protocol);
  d.line(0);
}

const inLine = (addresses: readonly EndpointAddress[] = []) => addresses.map((a) => a.ip).join(",") || "<none>";
