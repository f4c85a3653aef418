import { badRequest } from "@wherry/base";
import { conform, type Definitions, type FieldError, invalid, notSupported, queryFlag } from "@wherry/machinery";
import { isData } from "@wherry/machinery/data.ts";
import { invalidOptions } from "../errors.ts";
import type { ApiRequest } from "../exchange.ts";
import { parseBody } from "./body.ts";
import { dryRunErrors, integer } from "./options.ts";

export type Propagation = "Orphan" | "Foreground" | "Background";

/** How something is to be deleted. Source: apimachinery `metav1.DeleteOptions`. */
export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagation?: Propagation;
  /** As the caller gave it; `propagation` follows from it. */
  orphanDependents?: boolean;
  preconditions: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
}

/** Options of a delete as they come in. */
export interface DeleteOptionsBody {
  gracePeriodSeconds?: number | undefined;
  propagationPolicy?: string | undefined;
  orphanDependents?: boolean | undefined;
  preconditions?: { uid?: string; resourceVersion?: string } | undefined;
  dryRun?: readonly string[] | undefined;
}

const SCHEMA = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";

/** Reads the options of a delete from its body, or else from its query. Throws BadRequest or Invalid. */
export async function deleteOptions(request: ApiRequest, definitions: Definitions): Promise<DeleteOptions> {
  return checkedDeleteOptions(request.body.length > 0 ? await readBody(request, definitions) : fromQuery(request.query));
}

/** The options of a delete that are part of another body, such as an eviction's. Throws Invalid. */
export function checkedDeleteOptions(body: DeleteOptionsBody): DeleteOptions {
  const { gracePeriodSeconds: grace, orphanDependents, dryRun = [], preconditions = {} } = body;
  const errors = [...propagationErrors(body), ...dryRunErrors(dryRun)];
  if (errors.length > 0) throw invalidOptions("DeleteOptions", errors);
  const propagation = propagationOf(body);
  return {
    dryRun: dryRun.length > 0,
    // As upstream, a negative grace period means the shortest there is.
    ...(grace !== undefined && { gracePeriodSeconds: grace < 0 ? 1 : grace }),
    ...(orphanDependents !== undefined && { orphanDependents }),
    ...(propagation && { propagation }),
    preconditions,
  };
}

async function readBody(request: ApiRequest, definitions: Definitions): Promise<DeleteOptionsBody> {
  const { value } = await parseBody(request, "DeleteOptions");
  if (!isData(value)) throw badRequest("the body of a delete must be DeleteOptions");
  const { value: options, typeErrors } = conform(definitions, SCHEMA, value);
  if (typeErrors.length > 0) throw badRequest(`DeleteOptions in version "v1" cannot be handled as a DeleteOptions: ${typeErrors[0]}`);
  if (value.kind !== undefined && value.kind !== "DeleteOptions")
    throw badRequest(`decoded object cannot be converted to DeleteOptions: it is a ${value.kind}`);
  return options as DeleteOptionsBody;
}

// Source: apimachinery `metav1.Convert_url_Values_To_v1_DeleteOptions`.
function fromQuery(query: URLSearchParams): DeleteOptionsBody {
  const uid = query.get("uid");
  return {
    gracePeriodSeconds: integer(query, "gracePeriodSeconds"),
    propagationPolicy: query.get("propagationPolicy") ?? undefined,
    orphanDependents: query.has("orphanDependents") ? queryFlag(query, "orphanDependents") : undefined,
    dryRun: query.getAll("dryRun"),
    ...(uid && { preconditions: { uid } }),
  };
}

const POLICIES: readonly string[] = ["Foreground", "Background", "Orphan"] satisfies Propagation[];

// Source: apimachinery `validation.ValidateDeleteOptions`.
function propagationErrors({ propagationPolicy: policy, orphanDependents }: DeleteOptionsBody): FieldError[] {
  if (policy === undefined) return [];
  const both = invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set");
  return [
    ...(orphanDependents !== undefined ? [both] : []),
    ...(POLICIES.includes(policy) ? [] : [notSupported("propagationPolicy", policy, [...POLICIES, "nil"])]),
  ];
}

function propagationOf({ propagationPolicy: policy, orphanDependents }: DeleteOptionsBody): Propagation | undefined {
  if (orphanDependents !== undefined) return orphanDependents ? "Orphan" : "Background";
  return policy as Propagation | undefined;
}
