import { Endpoints, Service } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { keyOf, splitKey } from "@wherry/machinery";
import { paced } from "../services/paced.ts";
import { podsOf, serviceWatches } from "../services/selection.ts";
import { planEndpoints } from "./plan.ts";

/** Keeps the Endpoints of every service with a selector, and removes those of services that went. Source: pkg/controller/endpoint. */
export function endpointsController(): Controller {
  // Hand-made Endpoints may come before their service: only those whose service was seen to go are left over for sure.
  const deletedServices = new Set<string>();
  const noteDeleted = watchOf({
    kind: Service,
    wakes(service, { gone }) {
      if (gone) deletedServices.add(keyOf(service));
      return [];
    },
  });
  return {
    name: "endpoint-controller",
    eventSource: "endpoint-controller",
    workers: 5,
    watches: [noteDeleted, ...serviceWatches, watchOf({ kind: Endpoints, wakes: (e) => [keyOf(e)] })],
    reconcile: paced(async (key, ctx) => {
      await reconcile(key, ctx, deletedServices.has(key));
      deletedServices.delete(key);
    }),
  };
}

async function reconcile(key: string, ctx: ControllerContext, serviceWent: boolean): Promise<void> {
  const { name, namespace } = splitKey(key);
  const service = ctx.lister(Service).get(name, namespace);
  const current = ctx.lister(Endpoints).get(name, namespace);
  if (!service && current && !serviceWent && !isOurs(current)) return;
  const plan = planEndpoints(service, service ? podsOf(service, ctx) : [], current);
  if (plan.do === "create") ctx.wrote(Endpoints, await ctx.client.create(Endpoints, plan.object));
  else if (plan.do === "update") ctx.wrote(Endpoints, await ctx.client.update(Endpoints, plan.object));
  else if (plan.do === "delete" && current) await remove(ctx, current);
}

/** Whether it looks like this controller's work: pods, and nothing else. */
function isOurs({ subsets = [] }: Endpoints): boolean {
  const addresses = subsets.flatMap((s) => [...(s.addresses ?? []), ...(s.notReadyAddresses ?? [])]);
  return addresses.length > 0 && addresses.every((a) => a.targetRef?.kind === "Pod");
}

async function remove(ctx: ControllerContext, { metadata }: Endpoints): Promise<void> {
  const { name, namespace, uid } = metadata;
  try {
    const gone = await ctx.client.delete(Endpoints, { name, ...(namespace && { namespace }) }, { preconditions: { uid } });
    ctx.wrote(Endpoints, gone);
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
