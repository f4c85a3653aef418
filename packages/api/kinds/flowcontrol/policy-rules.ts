import { type FieldError, forbiddenField, invalid, isDNS1123Label, isDNS1123Subdomain, notSupported, required } from "@wherry/machinery";
import type { FlowcontrolSubject, NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule } from "../../generated/types.ts";
import { broken, each, present } from "../rules.ts";

const ANY = "*";
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const MEMBERS = { ServiceAccount: "serviceAccount", User: "user", Group: "group" } as const;

/** Whose requests, and which. Source: flowcontrol validation `ValidateFlowSchemaPolicyRulesWithSubjects`. */
export function validatePolicyRules(rule: PolicyRulesWithSubjects, path: string): FieldError[] {
  const empty = !rule.resourceRules?.length && !rule.nonResourceRules?.length;
  return [
    ...(rule.subjects?.length ? [] : [required(`${path}.subjects`, "subjects must contain at least one value")]),
    ...each(rule.subjects, `${path}.subjects`, validateSubject),
    ...(empty ? [required(path, "at least one of resourceRules and nonResourceRules has to be non-empty")] : []),
    ...each(rule.resourceRules, `${path}.resourceRules`, ofResources),
    ...each(rule.nonResourceRules, `${path}.nonResourceRules`, ofPaths),
  ];
}

function validateSubject(subject: FlowcontrolSubject, path: string): FieldError[] {
  const kinds = ["Group", "ServiceAccount", "User"];
  if (!Object.hasOwn(MEMBERS, subject.kind ?? "")) return [notSupported(`${path}.kind`, subject.kind ?? "", kinds)];
  const own = MEMBERS[subject.kind as keyof typeof MEMBERS];
  const others = Object.entries(MEMBERS).filter(([, member]) => member !== own && subject[member]);
  const at = `${path}.${own}`;
  return [
    ...(subject[own] ? subjectErrors(subject, own, at) : [required(at, `${own} is required when subject kind is '${subject.kind}'`)]),
    ...others.map(([kind, member]) => forbiddenField(`${path}.${member}`, `${member} is forbidden when subject kind is not '${kind}'`)),
  ];
}

function subjectErrors({ user, group, serviceAccount }: FlowcontrolSubject, member: string, path: string): FieldError[] {
  if (member !== "serviceAccount") return present(`${path}.name`, (member === "user" ? user : group)?.name);
  const { name, namespace } = serviceAccount ?? { name: "", namespace: "" };
  const nameErrors = name && name !== ANY ? broken(`${path}.name`, name, isDNS1123Subdomain(name)) : present(`${path}.name`, name);
  const where = `${path}.namespace`;
  const missing = required(where, "must specify namespace for service account");
  return [...nameErrors, ...(namespace ? broken(where, namespace, isDNS1123Label(namespace)) : [missing])];
}

function ofResources(rule: ResourcePolicyRule, path: string): FieldError[] {
  return [
    ...verbs(rule.verbs ?? [], `${path}.verbs`),
    ...list(rule.apiGroups ?? [], `${path}.apiGroups`, "resource rules must supply at least one api group", "api groups"),
    ...list(rule.resources ?? [], `${path}.resources`, "resource rules must supply at least one resource", "resources"),
    ...namespaces(rule, `${path}.namespaces`),
  ];
}

function namespaces({ namespaces: names = [], clusterScope }: ResourcePolicyRule, path: string): FieldError[] {
  if (names.length === 0 && clusterScope) return [];
  const missing = "resource rules that are not cluster scoped must supply at least one namespace";
  if (names.length === 0 || names.includes(ANY)) return list(names, path, missing, "namespaces");
  const intro = "each member of this list must be '*' or a DNS-1123 label; ";
  return each(names, path, (name, at) => isDNS1123Label(name).map((m) => invalid(at, name, intro + m)));
}

function ofPaths({ verbs: given = [], nonResourceURLs: urls = [] }: NonResourcePolicyRule, path: string): FieldError[] {
  const at = `${path}.nonResourceURLs`;
  return [
    ...verbs(given, `${path}.verbs`),
    ...list(urls, at, "nonResourceURLs must contain at least one value", "non-resource URLs"),
    ...(urls.includes(ANY) ? [] : each(urls, at, (url, place) => urlErrors(url, place))),
  ];
}

/** Source: flowcontrol validation `ValidateNonResourceURLPath`. */
function urlErrors(url: string, path: string): FieldError[] {
  if (url === "/") return [];
  const stars = url.split(ANY).length - 1;
  const wrong = [
    [url === "", "must not be empty"],
    [!url.startsWith("/"), "must start with slash"],
    [url.includes(" "), "must not contain white-space"],
    [url.includes("//"), "must not contain double slash"],
    [stars > 1 || (stars === 1 && !url.endsWith("/*")), "wildcard can only do suffix matching"],
  ].find(([is]) => is);
  return wrong ? [invalid(path, url, wrong[1] as string)] : [];
}

function verbs(given: readonly string[], path: string): FieldError[] {
  if (given.length === 0 || given.includes(ANY)) return list(given, path, "verbs must contain at least one value", "verbs");
  return given.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(path, given, VERBS)];
}

function list(values: readonly string[], path: string, missing: string, what: string): FieldError[] {
  if (values.length === 0) return [required(path, missing)];
  const mixed = values.length > 1 && values.includes(ANY);
  return mixed ? [invalid(path, values, `if '*' is present, must not specify other ${what}`)] : [];
}
