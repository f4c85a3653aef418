import { Endpoints, Service } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { keyOf, splitKey } from "@wherry/machinery";
import { applySlices } from "../endpointslices/apply.ts";
import { planSlices } from "../endpointslices/plan.ts";
import { slicesOf, slicesWatch } from "../endpointslices/slices-of.ts";
import { CONTROLLER, groupsFromSubsets, mirroredMeta, shouldMirror } from "./plan.ts";

/** Shows hand-made Endpoints as EndpointSlices. Source: pkg/controller/endpointslicemirroring. */
export function endpointSliceMirroringController(): Controller {
  return {
    name: "endpointslicemirroring-controller",
    watches: [
      watchOf({ kind: Service, wakes: (s) => [keyOf(s)] }),
      watchOf({ kind: Endpoints, wakes: (e) => [keyOf(e)] }),
      slicesWatch(CONTROLLER),
    ],
    reconcile,
  };
}

async function reconcile(key: string, ctx: ControllerContext): Promise<void> {
  const { name, namespace } = splitKey(key);
  const endpoints = ctx.lister(Endpoints).get(name, namespace);
  const existing = slicesOf(ctx, key);
  if (!shouldMirror(endpoints, ctx.lister(Service).get(name, namespace))) {
    await applySlices(ctx, { create: [], update: [], delete: existing });
    return;
  }
  for (const type of ["IPv4", "IPv6"] as const) {
    const slices = existing.filter((s) => s.addressType === type);
    const groups = groupsFromSubsets(endpoints, type);
    const empty = groups.every((g) => g.endpoints.length === 0);
    const plan = empty ? { create: [], update: [], delete: slices } : planSlices(slices, groups, mirroredMeta(endpoints, type));
    await applySlices(ctx, plan);
  }
}
