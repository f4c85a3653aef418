import { methodNotAllowed } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { answerObject } from "../rest/answer.ts";
import { parseBody } from "../rest/body.ts";
import type { AnyObject, ResourceCall, RestContext } from "../rest/context.ts";
import { ownerOf } from "../rest/field-owner.ts";
import { checkedObject } from "../rest/field-validation.ts";
import { modify } from "../rest/modify.ts";
import { writeOptions } from "../rest/options.ts";
import { checkIdentity, writeOf } from "../rest/update.ts";

/** Replaces the finalizers in the spec of an object such as a Namespace; with the last of them a deleted object goes. */
export async function finalize(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  if (call.request.method !== "PUT") throw methodNotAllowed();
  const options = writeOptions(call.request.query, "UpdateOptions");
  const warnings: string[] = [];
  const body = await parseBody(call.request, call.kind.kind);
  const wanted = checkedObject(context.registry, call.kind, body, options.fieldValidation, warnings);
  checkIdentity(call, wanted);
  const finalizers = (wanted.spec as { finalizers?: string[] } | undefined)?.finalizers;
  const write = { ...writeOf(call, options.dryRun, warnings), subresource: "finalize", owner: ownerOf(call, options.fieldManager) };
  const { bytes } = await modify(context, write, (current: AnyObject) => {
    const spec = { ...(current.spec as object | undefined), finalizers };
    if (!finalizers?.length) delete spec.finalizers;
    const { resourceVersion, uid } = wanted.metadata;
    return { ...current, metadata: { ...current.metadata, ...(resourceVersion && { resourceVersion }), ...(uid && { uid }) }, spec };
  });
  return answerObject(context, call, bytes, { warnings });
}
