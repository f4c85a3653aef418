import type { ClusterRoleBinding, PolicyRule } from "@wherry/api";
import type { User } from "../../exchange.ts";
import type { Attributes } from "../authorizer.ts";

const ALL = "*";

/** Whether the rule allows it. Source: pkg/apis/rbac/v1 evaluation helpers, `rbac.RuleAllows`. */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if ("path" in attributes) return (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, attributes.path));
  const { group, resource, subresource, name } = attributes.resource;
  if (!has(rule.apiGroups, group) || !resourceMatches(rule.resources ?? [], resource, subresource)) return false;
  return !rule.resourceNames?.length || rule.resourceNames.includes(name);
}

const has = (list: readonly string[] | undefined, wanted: string): boolean => list?.some((one) => one === ALL || one === wanted) ?? false;

/** `pods`, `pods/log`, `*` for everything, a star and `/scale` for one subresource of everything. */
function resourceMatches(resources: readonly string[], resource: string, subresource: string): boolean {
  const whole = subresource ? `${resource}/${subresource}` : resource;
  return resources.some((one) => one === ALL || one === whole || (subresource !== "" && one === `${ALL}/${subresource}`));
}

/** A `*` stands for the rest, at the end only. */
const urlMatches = (url: string, path: string): boolean => (url.endsWith(ALL) ? path.startsWith(url.slice(0, -1)) : url === path);

type Subject = NonNullable<ClusterRoleBinding["subjects"]>[number];

/** Whether the subject of a binding is this user; `namespace` is the binding's, for service accounts that name none. Source: rbac authorizer `appliesTo`. */
export function isSubject({ kind, name, namespace: own }: Subject, user: User, namespace: string): boolean {
  if (kind === "User") return user.name === name;
  if (kind === "Group") return user.groups.includes(name);
  return kind === "ServiceAccount" && user.name === `system:serviceaccount:${own || namespace}:${name}`;
}
