import { type Pod, type ServiceAccount, TokenRequest } from "@wherry/api";
import { badRequest, conflict, notFound, rfc3339 } from "@wherry/base";
import { type ApiObject, type FieldError, invalid } from "@wherry/machinery";
import { invalidObject, unavailable } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { answerValue } from "../rest/answer.ts";
import { parseBody } from "../rest/body.ts";
import { type ResourceCall, type RestContext, resourceName } from "../rest/context.ts";
import { checkedObject } from "../rest/field-validation.ts";
import { writeOptions } from "../rest/options.ts";
import { type AccountClaims, accountClaims, type BoundObjects } from "./claims.ts";
import type { Issuer } from "./issuer.ts";
import { findObject } from "./objects.ts";

/** Serves `serviceaccounts/token`: a signed token for the account, perhaps bound to another object. Source: upstream's `TokenREST`. */
export function tokenRequests(issuer: Issuer | undefined) {
  return async (context: RestContext, call: ResourceCall): Promise<ApiResponse> => {
    if (!issuer) throw unavailable("this server was started without a key for tokens of service accounts");
    const options = writeOptions(call.request.query, "CreateOptions");
    const warnings: string[] = [];
    const body = await parseBody(call.request, "TokenRequest");
    const request = checkedObject(context.registry, TokenRequest, body, options.fieldValidation, warnings) as unknown as TokenRequest;
    TokenRequest.defaults?.(request);
    await context.cache.fresh();
    const account = accountOf(context, call);
    const errors = [...(TokenRequest.validate?.(request) ?? []), ...addressErrors(request, call)];
    if (errors.length > 0) throw invalidObject(TokenRequest, request.metadata.name ?? "", errors);
    if (request.spec.audiences.length === 0) request.spec.audiences = [...issuer.audiences];
    const claims = claimsFor(context, issuer, request, account);
    const token = issuer.key.sign({ ...claims });
    return answerValue(call, answerOf(request, account, claims, token, context.clock.now()), { status: 201, warnings });
  };
}

function accountOf(context: RestContext, call: ResourceCall): ServiceAccount {
  const account = findObject(context, "ServiceAccount", call.namespace ?? "", call.name ?? "");
  if (!account) throw notFound(resourceName(call.kind), call.name ?? "");
  return account as ServiceAccount;
}

function addressErrors({ metadata }: TokenRequest, call: ResourceCall): FieldError[] {
  const { name, namespace } = metadata;
  return [
    ...(name && name !== call.name ? [invalid("metadata.name", name, "must match the service account name if specified")] : []),
    ...(namespace && namespace !== call.namespace
      ? [invalid("metadata.namespace", namespace, "must match the service account namespace if specified")]
      : []),
  ];
}

function claimsFor(context: RestContext, issuer: Issuer, { spec }: TokenRequest, account: ServiceAccount): AccountClaims {
  const { audiences, expirationSeconds: seconds = 0 } = spec;
  const bound = boundObjects(context, spec.boundObjectRef, account);
  return accountClaims(account, bound, { issuer: issuer.name, audiences, seconds, now: context.clock.now() });
}

/** What the token is to be bound to. Throws NotFound, Conflict or BadRequest. */
function boundObjects(context: RestContext, ref: TokenRequest["spec"]["boundObjectRef"], account: ServiceAccount): BoundObjects {
  if (!ref) return {};
  const { kind = "", name = "", uid, apiVersion = "" } = ref;
  const [version, group = ""] = apiVersion.split("/").reverse();
  const bindable = kind === "Pod" || kind === "Secret" || kind === "Node";
  if (group || !bindable) throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  const { namespace = "" } = account.metadata;
  const found = findObject(context, kind, namespace, name);
  if (!found) throw notFound({ group: "", resource: `${kind.toLowerCase()}s` }, name);
  if (uid && uid !== found.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: "", resource: kind }, name, why);
  }
  return kind === "Pod" ? boundPod(context, found as Pod, account) : { [kind.toLowerCase()]: found };
}

function boundPod(context: RestContext, pod: Pod, account: ServiceAccount): BoundObjects {
  const { name } = account.metadata;
  if ((pod.spec.serviceAccountName || "default") !== name)
    throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(name)} to pod running with different serviceaccount name.`);
  const node: ApiObject | undefined = pod.spec.nodeName ? findObject(context, "Node", "", pod.spec.nodeName) : undefined;
  return { pod, ...(node && { node }) };
}

function answerOf(request: TokenRequest, { metadata }: ServiceAccount, { exp }: AccountClaims, token: string, now: number): TokenRequest {
  const { name, namespace = "" } = metadata;
  return {
    ...request,
    metadata: { ...request.metadata, name, namespace, creationTimestamp: rfc3339(now) },
    status: { token, expirationTimestamp: rfc3339(exp * 1000) },
  };
}
