/** One cause of a failure. Source: apimachinery `metav1.StatusCause`. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** The body of every error the API gives. Source: apimachinery `metav1.Status`. */
export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: { resourceVersion?: string; continue?: string };
  status: "Success" | "Failure";
  message?: string;
  reason?: string;
  details?: { name?: string; group?: string; kind?: string; uid?: string; causes?: StatusCause[]; retryAfterSeconds?: number };
  code?: number;
}

/** A resource as messages name it: `pods "a" not found`, `deployments.apps "b" already exists`. */
export interface ResourceName {
  group: string;
  /** The plural, lower-case resource. */
  resource: string;
}

/** An error that is a `Status`: what the API answers, and what a client throws on a failed call. */
export class StatusError extends Error {
  readonly status: Status;

  constructor(status: Status) {
    super(status.message ?? status.reason ?? "unknown error");
    this.name = "StatusError";
    this.status = status;
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  get reason(): string {
    return this.status.reason ?? "";
  }
}

/** Makes a failure. Prefer the named constructors below: they carry Kubernetes' own wording. */
export function failure(code: number, reason: string, message: string, details?: Status["details"]): StatusError {
  return new StatusError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details && { details }),
    code,
  });
}

/** `pods` in the core group, `deployments.apps` elsewhere. */
export function qualifiedResource(r: ResourceName): string {
  return r.group ? `${r.resource}.${r.group}` : r.resource;
}

const details = (r: ResourceName, name: string): Status["details"] => ({
  ...(name && { name }),
  ...(r.group && { group: r.group }),
  kind: r.resource,
});

// Source of codes, reasons and wording: apimachinery pkg/api/errors/errors.go.
export const notFound = (r: ResourceName, name: string) =>
  failure(404, "NotFound", `${qualifiedResource(r)} "${name}" not found`, details(r, name));
export const alreadyExists = (r: ResourceName, name: string) =>
  failure(409, "AlreadyExists", `${qualifiedResource(r)} "${name}" already exists`, details(r, name));
export const conflict = (r: ResourceName, name: string, why: string) =>
  failure(409, "Conflict", `Operation cannot be fulfilled on ${qualifiedResource(r)} "${name}": ${why}`, details(r, name));
export const badRequest = (why: string) => failure(400, "BadRequest", why);
export const unauthorized = () => failure(401, "Unauthorized", "Unauthorized");
export const gone = (why: string) => failure(410, "Gone", why);
export const resourceExpired = (why: string) => failure(410, "Expired", why);
export const internalError = (why: string) =>
  failure(500, "InternalError", `Internal error occurred: ${why}`, { causes: [{ message: why }] });
export const forbidden = (r: ResourceName, name: string, why: string) =>
  failure(403, "Forbidden", `${qualifiedResource(r)}${name && ` "${name}"`} is forbidden: ${why}`, details(r, name));

/** Whether `error` is a StatusError with this reason. */
export function hasReason(error: unknown, reason: string): boolean {
  return error instanceof StatusError && error.reason === reason;
}
