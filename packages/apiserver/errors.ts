import { failure, internalError, type Logger, type Status, StatusError } from "@wherry/base";
import type { FieldError } from "@wherry/machinery";
import { CompactedError, StoreError } from "@wherry/store";
import { type ApiResponse, json } from "./exchange.ts";

/** A type as validation messages name it: `Pod`, `Deployment.apps`. */
export interface KindName {
  group: string;
  kind: string;
}

/** 422, with one cause per finding. Source: apimachinery `errors.NewInvalid` and its aggregate form. */
export function invalidObject(kind: KindName, name: string, findings: readonly FieldError[]): StatusError {
  const causes = findings.map((f) => ({ reason: f.type, message: f.message, field: f.field }));
  const messages = [...new Set(findings.map((f) => `${f.field}: ${f.message}`))];
  const all = messages.length === 1 ? messages[0] : `[${messages.join(", ")}]`;
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  const details = { ...(name && { name }), ...(kind.group && { group: kind.group }), ...(kind.kind && { kind: kind.kind }), causes };
  return failure(422, "Invalid", `${qualified} ${JSON.stringify(name)} is invalid: ${all}`, details);
}

/** 422 for options in the query or body of a call. */
export function invalidOptions(kind: string, findings: readonly FieldError[]): StatusError {
  return invalidObject({ group: "meta.k8s.io", kind }, "", findings);
}

export const methodNotAllowed = () =>
  failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
export const unknownPath = () => failure(404, "NotFound", "the server could not find the requested resource", {});
export const tooLarge = (limit: number) => failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`);
export const unsupportedMediaType = (accepted: readonly string[]) =>
  failure(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
export const notAcceptable = (accepted: readonly string[]) =>
  failure(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);
export const unavailable = (why: string) => failure(503, "ServiceUnavailable", why);

/** 504: the caller asks for a revision that was not written yet. */
export function futureRevision(asked: number, current: number): StatusError {
  return failure(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** 410 for a watch, or a list, from a revision that is no longer kept. */
export function tooOldRevision(error: CompactedError): StatusError {
  return failure(410, "Expired", `too old resource version: ${error.asked} (${error.oldest})`);
}

/** The Status of any error. What nobody foresaw is logged with its stack; the caller gets its message. */
export function statusOf(error: unknown, log: Logger): Status {
  if (error instanceof StatusError) return error.status;
  if (error instanceof CompactedError) return tooOldRevision(error).status;
  if (error instanceof StoreError) return storeFailure(error, log).status;
  log.error("a request failed for a reason that was not foreseen", { error });
  return internalError(error instanceof Error ? error.message : String(error)).status;
}

function storeFailure(error: StoreError, log: Logger): StatusError {
  log.warn("the store refused", { error });
  return error.failure === "Invalid" ? failure(400, "BadRequest", error.message) : internalError(error.message);
}

/** A Status as an answer. */
export function statusResponse(status: Status): ApiResponse {
  const retry = status.details?.retryAfterSeconds;
  return json(status.code ?? 200, status, retry ? { "retry-after": String(retry) } : {});
}

/** A Status of success, as deletes and bindings give. */
export function success(details?: Status["details"], code = 200): ApiResponse {
  const status: Status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", ...(details && { details }) };
  return json(code, code === 200 ? status : { ...status, code });
}
