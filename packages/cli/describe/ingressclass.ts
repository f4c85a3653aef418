import type { IngressClass } from "@wherry/api";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels } from "./metadata.ts";
import type { Surroundings } from "./surroundings.ts";

/** An ingress class. Source: kubectl pkg/describe/describe.go, `describeIngressClassV1`. */
export async function describe(d: Description, ingressClass: IngressClass, around: Surroundings): Promise<void> {
  const { controller = "", parameters } = ingressClass.spec ?? {};
  d.line(0, "Name:", ingressClass.metadata.name);
  addLabels(d, ingressClass);
  d.line(0, "Controller:", controller);
  if (parameters) d.line(0, "Parameters:");
  if (parameters?.apiGroup !== undefined) d.line(1, "APIGroup:", parameters.apiGroup);
  if (parameters) {
    d.line(1, "Kind:", parameters.kind);
    d.line(1, "Name:", parameters.name);
  }
  await addEvents(d, ingressClass, around);
}
