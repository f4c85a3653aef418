import { apiVersionOf } from "@wherry/machinery/kind.ts";
import type { Resource } from "./resource-catalogue.ts";

/** A patch as the client takes it; nothing is to be done when its body is empty. */
export interface BuiltPatch {
  type: "strategic" | "merge";
  body: object;
}

/**
 * What makes `current` say all that `modified` says, and drops what `original` said and `modified` no longer does. A strategic merge patch for the kinds that this
 * program knows, and a merge patch for others. With `current` left out it is the difference of the two.
 */
export async function patchBetween(
  resource: Resource,
  original: object,
  modified: object,
  current: object = original,
): Promise<BuiltPatch> {
  const { threeWayMergePatch } = await import("@wherry/machinery/patch/three-way-merge.ts");
  const { definitions } = await import("@wherry/api/definitions.ts");
  const { registry } = await import("@wherry/api/registry.ts");
  const schema = registry.byKind(apiVersionOf(resource), resource.kind)?.schema;
  return {
    type: schema ? "strategic" : "merge",
    body: threeWayMergePatch(original, modified, current, schema ?? "", definitions) as object,
  };
}

/** Whether there is nothing to be done. */
export const isEmptyPatch = ({ body }: BuiltPatch): boolean => Object.keys(body).length === 0;
