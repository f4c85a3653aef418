import { badRequest } from "@wherry/base";
import { storedKind, toStored, warningsAs } from "@wherry/machinery";
import type { ApiResponse } from "../exchange.ts";
import { answerObject } from "./answer.ts";
import { parseBody } from "./body.ts";
import type { AnyObject, ResourceCall, RestContext } from "./context.ts";
import { checkedObject } from "./field-validation.ts";
import { modify } from "./modify.ts";
import { writeOptions } from "./options.ts";
import type { Write } from "./write-stage.ts";

/** Replaces an object, or its status. An object without a resourceVersion replaces whatever is there. */
export async function update(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const options = writeOptions(call.request.query, "UpdateOptions");
  const warnings: string[] = [];
  const body = await parseBody(call.request, call.kind.kind);
  const wanted = checkedObject(context.registry.definitions, call.kind, body, options.fieldValidation, warnings);
  checkIdentity(call, wanted);
  const stored = toStored(call.kind, wanted);
  warnings.push(...warningsAs(call.kind, stored));
  const { bytes } = await modify(context, writeOf(call, options.dryRun, warnings), () => structuredClone(stored));
  return answerObject(context, call, bytes, { warnings });
}

/** The write that a call on one object is. */
export function writeOf(call: ResourceCall, dryRun: boolean, warnings: string[]): Write {
  const { namespace, name = "", subresource, request } = call;
  const kind = storedKind(call.kind);
  const version = call.kind === kind ? undefined : call.kind;
  return { operation: "update", kind, version, namespace, name, dryRun, warnings, user: request.user, subresource: subresource?.name };
}

/** Refuses an object that says it is another than the one in the path. */
export function checkIdentity(call: ResourceCall, object: AnyObject): void {
  const { name, namespace } = object.metadata;
  if (name && name !== call.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${call.name})`);
  if (call.namespace !== undefined && namespace && namespace !== call.namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (call.namespace === undefined) delete object.metadata.namespace;
}
