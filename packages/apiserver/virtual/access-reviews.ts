import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewStatus,
  SubjectRulesReviewStatus,
} from "@wherry/api";
import { badRequest, unauthorized } from "@wherry/base";
import type { Attributes, Authorizer } from "../authorization/authorizer.ts";
import type { User } from "../exchange.ts";
import type { ResourceCall } from "../rest/context.ts";
import type { VirtualHandlers } from "./create.ts";

/** Answers who may do what, by the authorizer that also decides about requests. Source: upstream's `registry/authorization`. */
export function accessReviews(authorizer: Authorizer): VirtualHandlers {
  const about = async (user: User, spec: Spec) => statusOf(await authorizer.authorize(attributesOf(user, spec)));
  const aboutSubject = (_call: ResourceCall, { spec }: Pick<SubjectAccessReview, "spec">) => about(subjectOf(spec), spec);
  return {
    SubjectAccessReview: (call, o) => aboutSubject(call, o as SubjectAccessReview),
    LocalSubjectAccessReview: (call, o) => aboutSubject(call, o as LocalSubjectAccessReview),
    SelfSubjectAccessReview: (call, o) => about(callerOf(call), (o as SelfSubjectAccessReview).spec),
    SelfSubjectRulesReview: (call, o) => rules(authorizer, callerOf(call), (o as SelfSubjectRulesReview).spec.namespace ?? ""),
  };
}

/** Who makes a call. */
export function callerOf({ request }: ResourceCall): User {
  if (!request.user) throw unauthorized();
  return request.user;
}

type Spec = SelfSubjectAccessReview["spec"] | SubjectAccessReview["spec"];

function subjectOf({ user = "", groups = [], uid, extra }: SubjectAccessReview["spec"]): User {
  return { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) };
}

function attributesOf(user: User, { resourceAttributes: r, nonResourceAttributes: n }: Spec): Attributes {
  if (!r) return { user, verb: n?.verb ?? "", path: n?.path ?? "" };
  const { verb = "", group = "", version = "", resource = "", subresource = "", namespace = "", name = "" } = r;
  return { user, verb, resource: { group, version, resource, subresource, namespace, name } };
}

function statusOf({ allowed, denied, reason, evaluationError }: Awaited<ReturnType<Authorizer["authorize"]>>): SubjectAccessReviewStatus {
  return { allowed, ...(denied && { denied }), ...(reason && { reason }), ...(evaluationError && { evaluationError }) };
}

async function rules(authorizer: Authorizer, user: User, namespace: string): Promise<SubjectRulesReviewStatus> {
  if (!namespace) throw badRequest("no namespace on request");
  return authorizer.rulesFor(user, namespace);
}
