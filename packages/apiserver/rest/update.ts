import { badRequest, hasReason } from "@wherry/base";
import { storedKind, toStored } from "@wherry/machinery";
import type { ApiResponse } from "../exchange.ts";
import { answerObject } from "./answer.ts";
import { parseBody } from "./body.ts";
import type { AnyObject, ResourceCall, RestContext } from "./context.ts";
import { createObject } from "./create.ts";
import { ownerOf } from "./field-owner.ts";
import { checkedObject } from "./field-validation.ts";
import { checkUid, modify } from "./modify.ts";
import { writeOptions } from "./options.ts";
import { dropDuplicateOwners } from "./owners.ts";
import type { Write } from "./write-stage.ts";

/**
 * Replaces an object, or its status. An object without a resourceVersion replaces whatever is there, where the kind allows it; a few kinds are created when
 * they are not there.
 */
export async function update(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const options = writeOptions(call.request.query, "UpdateOptions");
  const warnings: string[] = [];
  const body = await parseBody(call.request, call.kind.kind);
  const wanted = checkedObject(context.registry, call.kind, body, options.fieldValidation, warnings);
  checkIdentity(call, wanted);
  dropDuplicateOwners(wanted, warnings);
  const stored = toStored(call.kind, wanted);
  const owner = ownerOf(call, options.fieldManager);
  const write = { ...writeOf(call, options.dryRun, warnings), owner, uid: stored.metadata.uid };
  try {
    const modified = await modify(context, write, () => structuredClone(stored));
    return await answerObject(context, call, modified.bytes, { warnings: [...warnings, ...modified.warnings] });
  } catch (error) {
    if (!hasReason(error, "NotFound") || !write.kind.allowCreateOnUpdate || call.subresource) throw error;
  }
  return createInstead(context, call, stored, write);
}

/** Source: apiserver `registry.Store.Update`, where nothing exists yet. */
async function createInstead(context: RestContext, call: ResourceCall, stored: AnyObject, write: Write): Promise<ApiResponse> {
  checkUid(write, "");
  const { resourceVersion: _version, ...metadata } = stored.metadata;
  const { dryRun, warnings, owner } = write;
  const bytes = await createObject(context, call, { ...stored, metadata } as AnyObject, { dryRun, warnings, owner });
  return answerObject(context, call, bytes, { status: 201, warnings });
}

/** The write that a call on one object is. */
export function writeOf(call: ResourceCall, dryRun: boolean, warnings: string[]): Write {
  const { namespace, name = "", subresource, request } = call;
  const kind = storedKind(call.kind);
  const version = call.kind === kind ? undefined : call.kind;
  return { operation: "update", kind, version, namespace, name, dryRun, warnings, user: request.user, subresource: subresource?.name };
}

/** Refuses an object that says it is another than the one in the path. Source: apiserver `handlers.checkName`. */
export function checkIdentity(call: ResourceCall, object: AnyObject): void {
  const { name, namespace } = object.metadata;
  if (call.namespace !== undefined && namespace && namespace !== call.namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (call.namespace === undefined) delete object.metadata.namespace;
  if (!name) throw badRequest(`the name of the object (${call.name} based on URL) was undeterminable: name must be provided`);
  if (name !== call.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${call.name})`);
}
