import { Node, Service } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { splitKey } from "@wherry/machinery";
import { paced } from "../services/paced.ts";
import { podsOf, serviceWatches } from "../services/selection.ts";
import { applySlices } from "./apply.ts";
import { addressTypesOf, CONTROLLER, groupsFromPods, sliceMeta } from "./from-pods.ts";
import { planSlices } from "./plan.ts";
import { slicesOf, slicesWatch } from "./slices-of.ts";

/** Keeps the EndpointSlices of every service with a selector; the garbage collector removes them with it. Source: pkg/controller/endpointslice. */
export function endpointSliceController(): Controller {
  return {
    name: "endpointslice-controller",
    eventSource: "endpointslice-controller",
    workers: 5,
    watches: [...serviceWatches, slicesWatch(CONTROLLER), watchOf({ kind: Node })],
    reconcile: paced(reconcile),
  };
}

async function reconcile(key: string, ctx: ControllerContext): Promise<void> {
  const { name, namespace } = splitKey(key);
  const service = ctx.lister(Service).get(name, namespace);
  if (!service?.spec?.selector || service.spec.type === "ExternalName" || service.metadata.deletionTimestamp) return;
  const zoneOf = (node: string) => ctx.lister(Node).get(node)?.metadata.labels?.["topology.kubernetes.io/zone"];
  const pods = podsOf(service, ctx);
  const existing = slicesOf(ctx, key);
  const wanted = addressTypesOf(service);
  for (const type of wanted) {
    const slices = existing.filter((s) => s.addressType === type);
    await applySlices(ctx, planSlices(slices, groupsFromPods(service, pods, type, zoneOf), sliceMeta(service, type)));
  }
  const unwanted = existing.filter((s) => !(wanted as string[]).includes(s.addressType));
  await applySlices(ctx, { create: [], update: [], delete: unwanted });
}
