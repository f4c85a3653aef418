import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import type { ApiObject, KindDefinition } from "@wherry/machinery";

export const hasFinalizer = ({ metadata }: ApiObject, name: string): boolean => metadata.finalizers?.includes(name) ?? false;

/** Keeps the object from going, once it is deleted, until `releaseFrom`. */
export async function protect<O extends ApiObject>(
  ctx: ControllerContext,
  kind: KindDefinition<O>,
  object: O,
  name: string,
): Promise<void> {
  await setFinalizers(ctx, kind, object, [...(object.metadata.finalizers ?? []), name]);
}

/** Lets a deleted object go, as far as this finalizer is concerned. */
export async function release<O extends ApiObject>(
  ctx: ControllerContext,
  kind: KindDefinition<O>,
  object: O,
  name: string,
): Promise<void> {
  await setFinalizers(
    ctx,
    kind,
    object,
    (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== name),
  );
}

async function setFinalizers<O extends ApiObject>(
  ctx: ControllerContext,
  kind: KindDefinition<O>,
  object: O,
  finalizers: string[],
): Promise<void> {
  try {
    ctx.wrote(kind, await ctx.client.update(kind, { ...object, metadata: { ...object.metadata, finalizers } }));
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
