import { PersistentVolume, PersistentVolumeClaim } from "@wherry/api";
import type { ControllerContext } from "@wherry/engine";
import { type ApiObject, deepEqual, type KindDefinition } from "@wherry/machinery";
import type { Plan } from "./plan.ts";

/** What the plan was made from. */
export interface Current {
  volume?: PersistentVolume | undefined;
  claim?: PersistentVolumeClaim | undefined;
}

/** Carries a plan out: the volume, then the claim, then the events. Only what differs is written. */
export async function apply(ctx: ControllerContext, plan: Plan, current: Current): Promise<void> {
  if (plan.volume) await write(ctx, PersistentVolume, plan.volume, volumeBefore(ctx, plan.volume, current));
  if (plan.claim && current.claim) await write(ctx, PersistentVolumeClaim, plan.claim, current.claim);
  for (const { about, type, reason, message } of plan.events ?? []) {
    const object = current[about];
    if (object) ctx.events.event(object, type, reason, message);
  }
}

function volumeBefore(ctx: ControllerContext, { metadata }: PersistentVolume, { volume }: Current): PersistentVolume {
  return volume ?? ctx.lister(PersistentVolume).get(metadata.name)!;
}

type WithStatus = ApiObject & { status?: object };

async function write<O extends WithStatus>(ctx: ControllerContext, kind: KindDefinition<O>, wanted: O, current: O): Promise<void> {
  const { status: wantedStatus, ...wantedRest } = wanted;
  const { status: _, ...currentRest } = current;
  let stored = current;
  if (!deepEqual(wantedRest, currentRest)) {
    stored = await ctx.client.update(kind, wanted);
    ctx.wrote(kind, stored);
  }
  if (deepEqual(wantedStatus, stored.status)) return;
  ctx.wrote(kind, await ctx.client.update(kind, { ...stored, status: wantedStatus }, { subresource: "status" }));
}
