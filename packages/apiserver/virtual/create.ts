import { invalidObject, unknownPath } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { answerValue } from "../rest/answer.ts";
import { parseBody } from "../rest/body.ts";
import type { AnyObject, ResourceCall, RestContext } from "../rest/context.ts";
import { fitNamespace } from "../rest/create.ts";
import { checkedObject } from "../rest/field-validation.ts";
import { writeOptions } from "../rest/options.ts";

/** Upstream shows a time that was not set like this. */
const NEVER_STORED = { creationTimestamp: null };

/** Answers a question: gives its status. The question is private, decoded, defaulted and valid. */
export type VirtualHandler = (call: ResourceCall, question: AnyObject) => object | Promise<object>;

/** Handlers of virtual kinds, by kind. */
export type VirtualHandlers = Readonly<Record<string, VirtualHandler>>;

/** Serves the creation of an object that is not stored: it comes back with its status. */
export async function createVirtual(context: RestContext, handlers: VirtualHandlers, call: ResourceCall): Promise<ApiResponse> {
  const { kind } = call;
  const options = writeOptions(call.request.query, "CreateOptions");
  const warnings: string[] = [];
  const body = await parseBody(call.request, kind.kind);
  const question = checkedObject(context.registry, kind, body, options.fieldValidation, warnings);
  fitNamespace(question, call.namespace);
  kind.defaults?.(question);
  const errors = kind.validate?.(question) ?? [];
  if (errors.length > 0) throw invalidObject(kind, question.metadata.name ?? "", errors);
  const handler = Object.hasOwn(handlers, kind.kind) ? handlers[kind.kind] : undefined;
  if (!handler) throw unknownPath();
  const status = await handler(call, question);
  const metadata = { ...NEVER_STORED, ...question.metadata };
  return answerValue(call, { ...question, metadata, status }, { status: 201, warnings });
}
