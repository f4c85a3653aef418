import { failure, forbidden, type StatusError, unauthorized } from "@wherry/base";
import type { ApiRequest } from "../exchange.ts";
import type { ResourceCall } from "../rest/context.ts";
import { verbOf } from "../rest/verb.ts";
import type { Attributes, Authorizer } from "./authorizer.ts";

/** What a call on a resource wants to do. Throws Unauthorized when nobody asks. Source: apiserver `request.RequestInfoFactory`. */
export function resourceAttributes(call: ResourceCall): Attributes {
  const { kind, name = "", subresource, request } = call;
  if (!request.user) throw unauthorized();
  const { group, version, plural: resource } = kind;
  // A namespace lies in itself: who may do something in it may be allowed to see it.
  const namespace = call.namespace ?? (group === "" && resource === "namespaces" ? name : "");
  const verb = verbOf(call) ?? request.method.toLowerCase();
  return { user: request.user, verb, resource: { group, version, resource, subresource: subresource?.name ?? "", namespace, name } };
}

/** What a request for a path that is no resource wants to do. Throws Unauthorized when nobody asks. */
export function pathAttributes(request: Pick<ApiRequest, "method" | "user">, path: string): Attributes {
  if (!request.user) throw unauthorized();
  return { user: request.user, verb: request.method.toLowerCase(), path };
}

/** Rejects with Forbidden, in upstream's words, when it is not allowed. Source: apiserver `responsewriters.Forbidden`. */
export async function enforce(authorizer: Authorizer, attributes: Attributes): Promise<void> {
  const { allowed, reason } = await authorizer.authorize(attributes);
  if (!allowed) throw refusal(attributes, reason);
}

function refusal(attributes: Attributes, reason: string): StatusError {
  const why = reason ? `${sentence(attributes)}: ${reason}` : sentence(attributes);
  if ("path" in attributes) return failure(403, "Forbidden", `forbidden: ${why}`, {});
  const { group, resource, name } = attributes.resource;
  return forbidden({ group, resource }, name, why);
}

function sentence(attributes: Attributes): string {
  const { user, verb } = attributes;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if ("path" in attributes) return `${who} path ${JSON.stringify(attributes.path)}`;
  const { group, resource, subresource, namespace } = attributes.resource;
  const what = JSON.stringify(subresource ? `${resource}/${subresource}` : resource);
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : "at the cluster scope";
  return `${who} resource ${what} in API group ${JSON.stringify(group)} ${where}`;
}
