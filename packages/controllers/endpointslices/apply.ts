import { EndpointSlice } from "@wherry/api";
import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import type { SlicesPlan } from "./plan.ts";

/** Carries a plan out; what went already is no failure. */
export async function applySlices(ctx: ControllerContext, plan: SlicesPlan): Promise<void> {
  await Promise.all([
    ...plan.create.map(async (slice) => ctx.wrote(EndpointSlice, await ctx.client.create(EndpointSlice, slice))),
    ...plan.update.map(async (slice) => ctx.wrote(EndpointSlice, await ctx.client.update(EndpointSlice, slice))),
    ...plan.delete.map((slice) => remove(ctx, slice)),
  ]);
}

async function remove(ctx: ControllerContext, { metadata }: EndpointSlice): Promise<void> {
  const { name, namespace, uid } = metadata;
  try {
    const gone = await ctx.client.delete(EndpointSlice, { name, ...(namespace && { namespace }) }, { preconditions: { uid } });
    ctx.wrote(EndpointSlice, gone);
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
