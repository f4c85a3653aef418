import { badRequest } from "@wherry/base";
import { type FieldError, invalid, notSupported } from "@wherry/machinery";
import { invalidOptions } from "../errors.ts";
import type { ApiRequest } from "../exchange.ts";
import { parseBody } from "./body.ts";
import { flag, integer, parseDryRun } from "./options.ts";

export type Propagation = "Orphan" | "Foreground" | "Background";

/** How something is to be deleted. Source: apimachinery `metav1.DeleteOptions`. */
export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagation?: Propagation;
  preconditions: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
}

interface Body {
  kind?: unknown;
  gracePeriodSeconds?: unknown;
  propagationPolicy?: unknown;
  orphanDependents?: unknown;
  preconditions?: { uid?: unknown; resourceVersion?: unknown } | null;
  dryRun?: unknown;
}

/** Reads the options of a delete from its body, or else from its query. Throws BadRequest or Invalid. */
export async function deleteOptions(request: ApiRequest): Promise<DeleteOptions> {
  const body = request.body.length > 0 ? await readBody(request) : fromQuery(request.query);
  const errors: FieldError[] = [];
  const { gracePeriodSeconds: grace, preconditions } = body;
  if (grace !== undefined && grace !== null && !Number.isSafeInteger(grace))
    throw badRequest("DeleteOptions: gracePeriodSeconds must be a whole number");
  const propagation = propagationOf(body, errors);
  const dryRun = body.dryRun ?? [];
  if (!Array.isArray(dryRun)) throw badRequest("DeleteOptions: dryRun must be a list of strings");
  if (errors.length > 0) throw invalidOptions("DeleteOptions", errors);
  return {
    dryRun: parseDryRun(dryRun.map(String), "DeleteOptions"),
    // As upstream, a negative grace period means the shortest there is.
    ...(typeof grace === "number" && { gracePeriodSeconds: grace < 0 ? 1 : grace }),
    ...(propagation && { propagation }),
    preconditions: {
      ...(typeof preconditions?.uid === "string" && { uid: preconditions.uid }),
      ...(typeof preconditions?.resourceVersion === "string" && { resourceVersion: preconditions.resourceVersion }),
    },
  };
}

async function readBody(request: ApiRequest): Promise<Body> {
  const { value } = await parseBody(request, "DeleteOptions");
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badRequest("the body of a delete must be DeleteOptions");
  const { kind } = value as Body;
  if (kind !== undefined && kind !== "DeleteOptions")
    throw badRequest(`decoded object cannot be converted to DeleteOptions: it is a ${String(kind)}`);
  return value;
}

function fromQuery(query: URLSearchParams): Body {
  return {
    gracePeriodSeconds: integer(query, "gracePeriodSeconds"),
    propagationPolicy: query.get("propagationPolicy") ?? undefined,
    orphanDependents: query.has("orphanDependents") ? flag(query, "orphanDependents") : undefined,
    dryRun: query.getAll("dryRun"),
  };
}

// Source: apimachinery `validation.ValidateDeleteOptions`.
function propagationOf({ propagationPolicy: policy, orphanDependents }: Body, errors: FieldError[]): Propagation | undefined {
  const given = policy !== undefined && policy !== null;
  if (given && typeof orphanDependents === "boolean") {
    errors.push(invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"));
    return undefined;
  }
  if (typeof orphanDependents === "boolean") return orphanDependents ? "Orphan" : "Background";
  if (!given) return undefined;
  if (policy === "Orphan" || policy === "Foreground" || policy === "Background") return policy;
  errors.push(notSupported("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"]));
  return undefined;
}
